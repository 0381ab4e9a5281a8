//! Which matrix outside the LSTM layers is the embedding, and which is the output.

use crate::{ImportError, error::shown};

/// A matrix in question.
pub(crate) struct Candidate {
    /// Name of the layer.
    pub(crate) name: String,
    /// Whether a bias belongs to it.
    pub(crate) biased: bool,
}

/// The names of the embedding, if there is one, and of the output.
///
/// Of two, the embedding is the one that is called so, or else the one without a bias.
pub(crate) fn tell_apart(candidates: Vec<Candidate>) -> Result<(Option<String>, Candidate), ImportError> {
    let structure = |problem: String| Err(ImportError::Structure(problem));
    let names: Vec<String> = candidates.iter().map(|candidate| format!("`{}`", candidate.name)).collect();
    let names = shown(names.join(", "));
    let count = candidates.len();
    let mut candidates = candidates.into_iter();
    match (candidates.next(), candidates.next(), candidates.next()) {
        (Some(output), None, _) if !is_called_embedding(&output) => Ok((None, output)),
        (Some(first), Some(second), None) => {
            let first_is = match (is_called_embedding(&first), is_called_embedding(&second)) {
                (true, false) => true,
                (false, true) => false,
                _ if first.biased != second.biased => second.biased,
                _ => {
                    return structure(format!(
                        "has the layers {names}, of which one should be the embedding; call that one `embedding`"
                    ));
                }
            };
            let (embedding, output) = if first_is { (first, second) } else { (second, first) };
            Ok((Some(embedding.name), output))
        }
        (_, None, _) => structure(
            "has no layer that tells characters apart; a Dense (in PyTorch and burn: Linear) layer must stand on top".to_owned(),
        ),
        _ => structure(format!(
            "has {count} layers besides the LSTM ones ({names}), but may have an embedding and one output only"
        )),
    }
}

fn is_called_embedding(candidate: &Candidate) -> bool {
    !candidate.biased && candidate.name.to_ascii_lowercase().contains("emb")
}
