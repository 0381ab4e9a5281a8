"""Models of the real frameworks, and what they make of ours.

    python3 parity.py fixtures FOLDER          small models by Keras and PyTorch, with reference.json
    python3 parity.py check FOLDER REFERENCE   those of model.keras, model.pytorch.safetensors and model.onnx, exported
                                               by us, that are there, against the logits of REFERENCE
    python3 parity.py compare REFERENCE NAME LOGITS   our logits of an imported model against the framework's

REFERENCE of `check` is what `cargo run -p exchange --example logits` prints: {"vocabulary", "text", "logits"}.

Needs keras, tensorflow, torch, safetensors, onnx, onnxruntime and numpy; `cargo xtask parity` installs and runs all.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np

# The largest difference allowed, where logits are below 1; of larger ones that part. Numbers of 32 bits have seven
# digits: with logits up to 29, exact arithmetic differs from ours and from any framework's by 1e-5.
LIMIT = 1e-5
VOCABULARY = "\n abdehlorw"
TEXT = "hello world\nbarrel a hobo"
SEED = 20


# What the frameworks compute: one row of natural log-probabilities for each prefix of the text.


def log_softmax(logits):
    logits = np.asarray(logits, np.float64)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def largest_difference(one, other):
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    assert one.shape == other.shape, f"{one.shape} against {other.shape}"
    return float(np.abs(log_softmax(one) - log_softmax(other)).max())


def verdict(what, steps, difference, largest=None):
    """Prints a line, and says whether it is one of success. `largest` is the largest logit, where logits are compared."""
    limit = LIMIT * max(1.0, largest or 1.0)
    line = f"{what}: {steps} steps, largest difference {difference:.1e}"
    if largest:
        line += f" of logits up to {largest:.1f}"
    if difference > limit:
        line += f", MORE THAN {limit:.1e}"
    print(line, flush=True)
    return difference <= limit


def keras_log_probabilities(model, inputs, softmax):
    """Of a model that tells about the last step only, or about every step.

    Called, not asked to predict: for texts of several lengths, `predict` of Keras 3.15.1 on TensorFlow gives other
    numbers than the call where a TimeDistributed layer is in the model.
    """
    rows = []
    for end in range(1, inputs.shape[1] + 1):
        out = np.asarray(model(inputs[:, :end], training=False))
        row = out[0, -1] if out.ndim == 3 else out[0]
        rows.append(np.log(row.astype(np.float64)) if softmax else log_softmax(row))
    return np.stack(rows)


def torch_logits(lstm, linear, inputs):
    import torch

    with torch.no_grad():
        return linear(lstm(inputs)[0])[0].numpy()


# The fixtures.


def perturb(model):
    """Other biases than zero and one, and weights as large as trained ones."""
    rng = np.random.default_rng(SEED)
    model.set_weights([w + rng.normal(0, 0.4, w.shape).astype(w.dtype) for w in model.get_weights()])


def keras_models():
    """Name, model, whether its input is one-hot, whether its output is probabilities."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(SEED)
    vocab = len(VOCABULARY)
    one_hot = lambda: keras.Input((None, vocab))
    notebook = keras.Sequential([one_hot(), layers.LSTM(6), layers.Dense(vocab, activation="softmax")])
    embedded = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(vocab, 5),
            layers.LSTM(8, return_sequences=True, name="lower"),
            layers.Dropout(0.2),
            layers.LSTM(8, return_sequences=True, name="upper"),
            layers.TimeDistributed(layers.Dense(vocab)),
        ]
    )
    ids = x = keras.Input((None,))
    x = layers.Embedding(vocab, 3)(x)
    x = layers.LSTM(4, use_bias=False, return_sequences=True)(x)
    x = layers.Dense(vocab, use_bias=False)(x)
    functional = keras.Model(ids, layers.Activation("softmax")(x))
    stacked = keras.Sequential(
        [
            one_hot(),
            layers.LSTM(4, return_sequences=True),
            layers.LSTM(4),
            layers.Dense(vocab, activation="softmax"),
        ]
    )
    for model in (notebook, embedded, functional, stacked):
        perturb(model)
    return [
        ("notebook.keras", notebook, True, True),
        ("embedding.keras", embedded, False, False),
        ("functional.keras", functional, False, True),
        ("stacked.weights.h5", stacked, True, True),
        ("embedding.weights.h5", embedded, False, False),
        ("whole.h5", stacked, True, True),
        ("functional.h5", functional, False, True),
    ]


def save_keras(model, path):
    import keras

    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
    if path.name == "notebook.keras":
        # The framework's own loading, so that a broken file is no fixture.
        keras.models.load_model(path)


def keras_fixtures(out, ids):
    one_hot = np.eye(len(VOCABULARY), dtype=np.float32)[ids]
    for name, model, takes_one_hot, softmax in keras_models():
        save_keras(model, out / name)
        inputs = one_hot if takes_one_hot else ids
        yield name, keras_log_probabilities(model, inputs[None], softmax)


def torch_fixtures(out, ids):
    import torch
    from safetensors.torch import save_file
    from torch import nn

    torch.manual_seed(SEED)
    vocab = len(VOCABULARY)

    class OneHot(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(vocab, 6, batch_first=True)
            self.fc = nn.Linear(6, vocab)

        def forward(self, ids):
            return torch_logits(self.rnn, self.fc, nn.functional.one_hot(ids, vocab).float())

    class Embedded(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(vocab, 5)
            self.lstm = nn.LSTM(5, 8, num_layers=2, batch_first=True)
            self.decoder = nn.Linear(8, vocab)

        def forward(self, ids):
            return torch_logits(self.lstm, self.decoder, self.embedding(ids))

    ids = torch.tensor(ids)[None]
    for name, module in [("onehot.safetensors", OneHot()), ("embedding.safetensors", Embedded())]:
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.mul_(2)
        save_file(module.state_dict(), out / name)
        yield name, log_softmax(module(ids))


def half_fixture(out, ids):
    """The same model in float16, bfloat16 and float64: what is rounded is rounded before the logits are taken."""
    import torch
    from safetensors.torch import save_file
    from torch import nn

    torch.manual_seed(SEED)
    vocab = len(VOCABULARY)
    lstm, linear = nn.LSTM(vocab, 4, batch_first=True), nn.Linear(4, vocab, bias=False)
    types = {"lstm": torch.float16, "linear": torch.bfloat16}
    state = {}
    for prefix, module in [("lstm", lstm), ("linear", linear)]:
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                kind = torch.float64 if name == "bias_ih_l0" else types[prefix]
                state[f"model.{prefix}.{name}"] = parameter.to(kind)
                parameter.copy_(parameter.to(kind).float())
    save_file(state, out / "half.safetensors")
    inputs = nn.functional.one_hot(torch.tensor(ids)[None], vocab).float()
    yield "half.safetensors", log_softmax(torch_logits(lstm, linear, inputs))


def fixtures(out):
    import keras
    import torch

    out.mkdir(parents=True, exist_ok=True)
    ids = np.array([VOCABULARY.index(c) for c in TEXT])
    logits = {}
    for make in (keras_fixtures, torch_fixtures, half_fixture):
        for name, rows in make(out, ids):
            logits[name] = [[round(float(x), 7) for x in row] for row in rows]
    reference = {
        "keras": keras.__version__,
        "torch": torch.__version__,
        "vocabulary": VOCABULARY,
        "text": TEXT,
        "log_probabilities": logits,
    }
    (out / "reference.json").write_text(json.dumps(reference) + "\n")
    (out / "vocabulary.json").write_text(json.dumps(list(VOCABULARY)) + "\n")
    print(f"{out}: {len(logits)} models", flush=True)
    return True


# Our exports in the real frameworks.


def check_keras(path, ids, expected):
    import keras

    model = keras.models.load_model(path)
    one_hot = np.eye(expected.shape[1], dtype=np.float32)[ids][None]
    last = model.predict(one_hot, verbose=0)[0].astype(np.float64)
    right = verdict(f"keras {keras.__version__}, predict", 1, largest_difference(last, expected[-1]))
    # The same layers once more, for the logits of every step.
    x = inputs = keras.Input((None, expected.shape[1]))
    for layer in model.layers:
        if isinstance(layer, keras.layers.LSTM):
            layer.return_sequences = True
        if isinstance(layer, keras.layers.Dense):
            layer.activation = keras.activations.linear
        x = layer(x)
    logits = keras.Model(inputs, x).predict(one_hot, verbose=0)[0]
    difference = float(np.abs(logits - expected).max())
    return verdict(f"keras {keras.__version__}", len(ids), difference, float(np.abs(expected).max())) and right


def check_torch(path, ids, expected):
    import torch
    from safetensors.torch import load_file
    from torch import nn

    state = load_file(path)
    vocab, hidden = state["linear.weight"].shape
    layers = sum(name.startswith("lstm.weight_ih") for name in state)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(vocab, hidden, num_layers=layers, batch_first=True)
            self.linear = nn.Linear(hidden, vocab)

    model = Model()
    model.load_state_dict(state)
    inputs = nn.functional.one_hot(torch.tensor(ids)[None], vocab).float()
    logits = torch_logits(model.lstm, model.linear, inputs)
    difference = float(np.abs(logits - expected).max())
    return verdict(f"torch {torch.__version__}", len(ids), difference, float(np.abs(expected).max()))


def check_onnx(path, ids, expected):
    import onnx
    import onnxruntime

    onnx.checker.check_model(str(path), full_check=True)
    metadata = {entry.key: entry.value for entry in onnx.load(str(path)).metadata_props}
    assert len(metadata["vocabulary"]) == expected.shape[1], "no vocabulary"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    layers, _, hidden = next(i.shape for i in session.get_inputs() if i.name == "h")
    h = c = np.zeros((layers, 2, hidden), np.float32)
    rows = []
    for id in ids:
        # Twice side by side: the batch's size is free.
        logits, h, c = session.run(None, {"id": np.array([id, id], np.int64), "h": h, "c": c})
        assert np.array_equal(logits[0], logits[1]), "rows of a batch differ"
        rows.append(logits[0])
    difference = float(np.abs(np.stack(rows) - expected).max())
    return verdict(f"onnxruntime {onnxruntime.__version__}", len(ids), difference, float(np.abs(expected).max()))


def check(folder, reference):
    reference = json.loads(reference.read_text())
    ids = np.array([reference["vocabulary"].index(c) for c in reference["text"]])
    expected = np.asarray(reference["logits"], np.float64)
    checks = [
        (check_keras, "model.keras"),
        (check_torch, "model.pytorch.safetensors"),
        (check_onnx, "model.onnx"),
    ]
    there = [(run, folder / name) for run, name in checks if (folder / name).exists()]
    assert there, f"{folder} has no model"
    return all([run(path, ids, expected) for run, path in there])


def compare(reference, name, logits, made_by):
    reference = json.loads(reference.read_text())
    ours = json.loads(logits.read_text())
    assert ours["text"] == reference["text"], "another text"
    difference = largest_difference(ours["logits"], reference["log_probabilities"][name])
    framework = made_by(reference, name)
    return verdict(f"{framework} {reference[framework]}, {name}", len(ours["logits"]), difference)


def command(usage, fixtures, check, made_by):
    """Does what the command line asks for. `made_by` tells the framework that made a model, from the reference and its name."""
    match sys.argv[1:]:
        case ["fixtures", out]:
            right = fixtures(pathlib.Path(out))
        case ["check", folder, reference]:
            right = check(pathlib.Path(folder), pathlib.Path(reference))
        case ["compare", reference, name, logits]:
            right = compare(pathlib.Path(reference), name, pathlib.Path(logits), made_by)
        case _:
            sys.exit(usage)
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    command(__doc__, fixtures, check, lambda _, name: "torch" if name.endswith(".safetensors") else "keras")
