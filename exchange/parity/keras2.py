"""Models of Keras 2, which `tf_keras` goes on with, and what it makes of ours.

    python3 keras2.py fixtures FOLDER          small models, with keras2.json
    python3 keras2.py check FOLDER REFERENCE   model.h5, exported by us, against the logits of REFERENCE
    python3 keras2.py compare REFERENCE NAME LOGITS   our logits of an imported model against Keras's

As parity.py, whose functions these are; needs tf_keras, keras, tensorflow and numpy. `compare` also serves models of
TensorFlow.js, which tfjs.mjs makes.
"""

import json

import numpy as np
from parity import SEED, TEXT, VOCABULARY, command, keras_log_probabilities, perturb, verdict


def models():
    """Name, model, one with its numbers that takes any number of steps, whether its output is probabilities. All have
    one-hot input.
    """
    import tf_keras as keras
    from tf_keras import layers

    keras.utils.set_random_seed(SEED)
    vocab = len(VOCABULARY)

    def chain(units, gates="sigmoid", softmax=True):
        model = keras.Sequential([keras.Input((None, vocab))])
        for number, size in enumerate(units):
            last = number + 1 == len(units)
            model.add(layers.LSTM(size, recurrent_activation=gates, return_sequences=not last))
        model.add(layers.Dense(vocab, activation="softmax" if softmax else None))
        perturb(model)
        return model

    # The notebook's own: a SavedModel folder of a network that gives logits.
    notebook = keras.Sequential([layers.LSTM(6, name="LSTM", input_shape=(20, vocab)), layers.Dense(vocab)])
    perturb(notebook)
    free = chain([6], softmax=False)
    free.set_weights(notebook.get_weights())
    hard, unequal = chain([6], "hard_sigmoid"), chain([7, 4])
    unequal_hard = chain([4, 7], "hard_sigmoid", False)
    return [
        ("notebook_model", notebook, free, False),
        ("unequal_model", unequal, unequal, True),
        ("hard_model", hard, hard, True),
        ("hard.h5", hard, hard, True),
        ("hard2.keras", hard, hard, True),
        ("unequal.h5", unequal_hard, unequal_hard, False),
    ]


def keras3_models():
    """The same of Keras 3, whose hard_sigmoid is another."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(SEED)
    vocab = len(VOCABULARY)
    hard = keras.Sequential(
        [
            keras.Input((None, vocab)),
            layers.LSTM(7, recurrent_activation="hard_sigmoid", return_sequences=True),
            layers.LSTM(4, recurrent_activation="hard_sigmoid"),
            layers.Dense(vocab),
        ]
    )
    perturb(hard)
    return [("hard3.keras", hard, hard, False), ("hard3.h5", hard, hard, False)]


def log_probabilities(model, ids, softmax):
    one_hot = np.eye(len(VOCABULARY), dtype=np.float32)[ids]
    return keras_log_probabilities(model, one_hot[None], softmax)


def fixtures(out):
    import keras
    import tf_keras

    out.mkdir(parents=True, exist_ok=True)
    ids = np.array([VOCABULARY.index(c) for c in TEXT])
    logits = {}
    for name, model, free, softmax in models() + keras3_models():
        model.save(out / name)
        logits[name] = [[round(float(x), 7) for x in row] for row in log_probabilities(free, ids, softmax)]
        if name == "hard.h5":
            weights = "hard_weights.h5"
            model.save_weights(out / weights)
            logits[weights] = logits[name]
    reference = {
        "keras": keras.__version__,
        "tf_keras": tf_keras.__version__,
        "vocabulary": VOCABULARY,
        "text": TEXT,
        "log_probabilities": logits,
    }
    (out / "keras2.json").write_text(json.dumps(reference) + "\n")
    print(f"{out}: {len(logits)} models", flush=True)
    return True


def check(folder, reference):
    """Our export in Keras 2: the logits after each beginning of the text, and the character that it goes on with at temperature
    0, drawn in the way of the course's notebook.
    """
    import tf_keras as keras

    reference = json.loads(reference.read_text())
    vocabulary, text = reference["vocabulary"], reference["text"]
    expected = np.asarray(reference["logits"], np.float64)
    model = keras.models.load_model(folder / "model.h5")
    names = [layer.name for layer in model.layers]
    assert names[0] == "LSTM", names
    ids = np.array([vocabulary.index(c) for c in text])
    one_hot = np.eye(len(vocabulary), dtype=np.float32)[ids][None]
    logits = np.stack([np.asarray(model(one_hot[:, :end]))[0] for end in range(1, len(ids) + 1)])
    # The notebook's generate_string, rewritten: predict, divide by a temperature near 0, draw; the maximum subtracted, without which it overflows.
    predictions = model.predict(one_hot, verbose=0)[0].astype(np.float64) / 1e-6
    predictions = np.exp(predictions - predictions.max())
    drawn = int(np.random.multinomial(1, predictions / predictions.sum()).argmax())
    assert drawn == int(expected[-1].argmax()), "another character than ours"
    difference = float(np.abs(logits - expected).max())
    return verdict(f"tf_keras {keras.__version__}", len(ids), difference, float(np.abs(expected).max()))


def made_by(reference, name):
    return next(by for by in ("tfjs", "keras" if name.startswith("hard3") else "tf_keras") if by in reference)


if __name__ == "__main__":
    command(__doc__, fixtures, check, made_by)
