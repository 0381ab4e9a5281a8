//! Keras on TensorFlow, PyTorch and JAX, by the Python that has them.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::text::VOCAB;

/// The peers' names in the table and in `peers/train.py`.
pub(crate) const PEERS: [(&str, &str); 3] = [(KERAS, "keras"), (TORCH, "torch"), (JAX, "jax")];
pub(crate) const KERAS: &str = "Keras on TensorFlow, tf.function";
pub(crate) const TORCH: &str = "PyTorch, nn.LSTM";
pub(crate) const JAX: &str = "JAX, scan with an embedding";

/// The command that trains as `peer` on the text whose ids, one byte each, are in the file `ids`.
pub(crate) fn command(python: &Path, peer: &str, threads: usize, ids: &Path) -> Command {
    let mut command = Command::new(python);
    command
        .arg(tests::root().join("tests/benches/peers/train.py"))
        .args(["--peer", peer, "--threads", &threads.to_string(), "--vocab", &VOCAB.to_string(), "--ids"])
        .arg(ids)
        // Set on some machines to keep OpenBLAS from kernels they lack; the peers choose for themselves.
        .env_remove("OPENBLAS_CORETYPE")
        .env_remove("OPENBLAS_L2_SIZE")
        // What they log; a failure they report in the protocol.
        .stderr(Stdio::null());
    command
}
