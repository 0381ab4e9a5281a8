//! Writing on the CPU in slices, between which the browser has its turn.

use model::Rows;
use web::{dom::now, messages::Ids};

/// Writes until so many milliseconds are over or all is written, looking at the clock every few `steps`, and adds to each
/// script's text.
pub(crate) fn write_for(rows: &mut Rows, milliseconds: f64, steps: u32, texts: &mut [Ids]) {
    let end = now() + milliseconds;
    while now() < end {
        for _ in 0..steps {
            let Some(written) = rows.step() else { return };
            written.iter().for_each(|&(row, id)| texts[row].0.push(id));
        }
    }
}
