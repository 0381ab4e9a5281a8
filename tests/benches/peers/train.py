#!/usr/bin/env python3
"""One complete training step after another of Keras on TensorFlow, PyTorch or JAX, for `cargo xtask bench train --peers`.

    train.py --peer keras|torch|jax --threads N --ids FILE --vocab V

FILE holds a text's ids, one byte a character. The steps are the notebook's: 128 windows of 20 characters (one every 5
characters), LSTM(128), a dense layer, the loss at the last character only, Adam at 1e-3, float32. The script obeys
lines on its standard input: it prints `ready VERSIONS` (or `cannot REASON`) once it is warm, and for every `go N` a line
with the wall and CPU seconds that N steps took.
"""

import argparse
import os
import sys
import time

BATCH, TIME, EVERY, HIDDEN, RATE = 128, 20, 5, 128, 1e-3
# Distinct batches, made beforehand so that no peer pays for making them; each step feeds the next one.
BATCHES = 64
WARM_UP = 5


def batches(path, vocab):
    """Ids `[batch, time]`, the same one-hot, and the expected ids `[batch]`, for each batch."""
    import numpy as np

    text = np.fromfile(path, np.uint8)
    starts = np.arange(BATCHES * BATCH).reshape(BATCHES, BATCH) * EVERY
    ids = text[starts[..., None] + np.arange(TIME)].astype(np.int32)
    targets = text[starts + TIME].astype(np.int32)
    return ids, np.eye(vocab, dtype=np.float32)[ids], targets


def keras_step(threads, vocab, path):
    """Keras's own layers under `tf.function`; the generic LSTM, which is the one that runs on a CPU."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    import keras

    _, inputs, targets = batches(path, vocab)
    layers = [keras.Input((TIME, vocab)), keras.layers.LSTM(HIDDEN), keras.layers.Dense(vocab, "softmax")]
    model = keras.Sequential(layers)
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    adam = keras.optimizers.Adam(RATE)
    variables = model.trainable_variables
    adam.build(variables)

    @tf.function
    def train(x, y):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        adam.apply(tape.gradient(loss, variables), variables)
        return loss

    def step(i):
        return float(train(tf.constant(inputs[i]), tf.constant(targets[i])))

    return step, f"Keras {keras.__version__}, TensorFlow {tf.__version__}"


def torch_step(threads, vocab, path):
    """nn.LSTM, whose loop is oneDNN's, time-major, with the fused Adam: the fastest of what was tried."""
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    _, inputs, targets = batches(path, vocab)
    inputs = torch.from_numpy(np.ascontiguousarray(inputs.transpose(0, 2, 1, 3)))
    targets = torch.from_numpy(targets.astype(np.int64))
    lstm, dense = torch.nn.LSTM(vocab, HIDDEN), torch.nn.Linear(HIDDEN, vocab)
    adam = torch.optim.Adam([*lstm.parameters(), *dense.parameters()], RATE, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()

    def step(i):
        hidden, _ = lstm(inputs[i])
        loss = loss_of(dense(hidden[-1]), targets[i])
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss.item()

    return step, f"PyTorch {torch.__version__}"


def jax_step(threads, vocab, path):
    """A scan over rows picked from the input weights, compiled in one piece, all state donated; Adam by hand."""
    os.environ["NPROC"] = str(threads)
    import jax
    import jax.numpy as jnp

    ids, _, targets = batches(path, vocab)
    table, recurrent, dense = jax.random.split(jax.random.key(1), 3)
    weights = {
        "table": 0.1 * jax.random.normal(table, (vocab, 4 * HIDDEN)),
        "recurrent": 0.1 * jax.random.normal(recurrent, (HIDDEN, 4 * HIDDEN)),
        "bias": jnp.zeros(4 * HIDDEN),
        "dense": 0.1 * jax.random.normal(dense, (HIDDEN, vocab)),
        "dense_bias": jnp.zeros(vocab),
    }

    def loss_of(w, x, y):
        table = w["table"] + w["bias"]

        def cell(state, ids):
            h, c = state
            i, f, g, o = jnp.split(table[ids] + h @ w["recurrent"], 4, 1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        zeros = jnp.zeros((BATCH, HIDDEN))
        (h, _), _ = jax.lax.scan(cell, (zeros, zeros), x.T)
        logits = jax.nn.log_softmax(h @ w["dense"] + w["dense_bias"])
        return -jnp.take_along_axis(logits, y[:, None], 1).mean()

    @jax.jit(donate_argnums=0)
    def train(state, x, y):
        w, m, v, t = state
        loss, g = jax.value_and_grad(loss_of)(w, x, y)
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        w = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), w, m, v)
        return (w, m, v, t), loss

    state = (weights, *(jax.tree.map(jnp.zeros_like, weights) for _ in range(2)), jnp.float32(0))

    def step(i):
        nonlocal state
        state, loss = train(state, ids[i], targets[i])
        return float(loss)

    return step, f"JAX {jax.__version__}"


def serve(step, versions):
    """Warms up, then takes turns until the standard input ends."""
    at = 0

    def steps(count):
        nonlocal at
        for _ in range(count):
            loss = step(at % BATCHES)
            at += 1
        return loss

    steps(WARM_UP)
    print("ready", versions, flush=True)
    for line in sys.stdin:
        # One step to bring the caches back that the others have used since.
        steps(1)
        wall, cpu = time.perf_counter(), time.process_time()
        loss = steps(int(line.split()[1]))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if not loss < 10:
            sys.exit(f"the loss is {loss}: this is no training")
        print(wall, cpu, flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--peer", choices=["keras", "torch", "jax"], required=True)
    arguments.add_argument("--threads", type=int, required=True)
    arguments.add_argument("--ids", required=True)
    arguments.add_argument("--vocab", type=int, required=True)
    a = arguments.parse_args()
    for library in ("OMP", "MKL", "OPENBLAS"):
        os.environ[f"{library}_NUM_THREADS"] = str(a.threads)
    os.environ.update(TF_ENABLE_ONEDNN_OPTS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu")
    make = {"keras": keras_step, "torch": torch_step, "jax": jax_step}[a.peer]
    try:
        step, versions = make(a.threads, a.vocab, a.ids)
    except Exception as error:  # whatever a package raises where it cannot work
        print("cannot", " ".join(str(error).split()) or type(error).__name__, flush=True)
        return
    serve(step, versions)


if __name__ == "__main__":
    main()
