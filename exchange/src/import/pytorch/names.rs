//! Names of a state dict's tensors.

use std::collections::BTreeSet;

use crate::{ImportError, import::natural::natural};

/// An LSTM layer: its tensors are `{prefix}weight_ih{end}` and so on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) prefix: String,
    /// `_l0`, `_l1`, … in `nn.LSTM`; nothing in `nn.LSTMCell`.
    pub(super) end: String,
}

/// Takes the names of the LSTM layers' tensors out, and returns the layers in the order of their prefixes and numbers.
pub(super) fn cells(names: &mut BTreeSet<String>) -> Result<Vec<Cell>, ImportError> {
    let mut cells = Vec::new();
    for name in names.iter() {
        if name.ends_with("_reverse") {
            return Err(ImportError::tensor(
                name,
                "belongs to a bidirectional LSTM, which reads the text from both ends; train the model without bidirectional=True",
            ));
        }
        if name.contains("weight_hr") {
            return Err(ImportError::tensor(
                name,
                "belongs to an LSTM with a projection, which Scriptorium's models do not have; train the model without proj_size",
            ));
        }
        if let Some((prefix, end)) = name.rsplit_once("weight_ih").filter(|(_, end)| is_end(end)) {
            cells.push(Cell { prefix: prefix.to_owned(), end: end.to_owned() });
        }
    }
    for Cell { prefix, end } in &cells {
        for part in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] {
            names.remove(&format!("{prefix}{part}{end}"));
        }
    }
    cells.sort_by(|a, b| natural(&a.prefix, &b.prefix).then_with(|| natural(&a.end, &b.end)));
    Ok(cells)
}

fn is_end(end: &str) -> bool {
    let number =
        end.strip_prefix("_l").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    end.is_empty() || number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn layers_come_in_the_order_of_people() {
        let mut names = set(&[
            "rnn.weight_ih_l10",
            "rnn.weight_hh_l10",
            "rnn.weight_ih_l2",
            "rnn10.weight_ih",
            "rnn9.weight_ih",
            "out.weight",
        ]);
        let found: Vec<String> = cells(&mut names)
            .unwrap()
            .into_iter()
            .map(|cell| format!("{}{}", cell.prefix, cell.end))
            .collect();
        assert_eq!(found, ["rnn._l2", "rnn._l10", "rnn9.", "rnn10."]);
        assert_eq!(names, set(&["out.weight"]));
    }

    #[test]
    fn says_what_it_cannot_read() {
        for (name, expected) in
            [("l.weight_ih_l0_reverse", "bidirectional"), ("l.weight_hr_l0", "projection")]
        {
            let error = cells(&mut set(&[name])).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
