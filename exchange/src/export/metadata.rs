//! What an exported file says beside its numbers.

use model::Weights;

/// What a file says of where its model comes from.
pub(super) const PRODUCER: &str = "scriptorium";

/// The characters in the order of their ids, as our own files have them.
pub(super) fn characters(weights: &Weights) -> String {
    weights.vocab.characters().iter().collect()
}
