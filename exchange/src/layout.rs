//! How numbers lie in the files of other frameworks; ours is Keras's layout, with the gates `i f g o` side by side.

/// burn's names of the gates, in our order.
#[cfg(feature = "burn")]
pub(crate) const BURN_GATES: [&str; 4] = ["input_gate", "forget_gate", "cell_gate", "output_gate"];

/// A matrix `[rows, columns]`, row-major, as `[columns, rows]`.
pub(crate) fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let columns = columns.max(1);
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns).copied()).collect()
}

/// The columns of one of four gates, `[rows, units]`, out of `[rows, 4·units]`.
#[cfg(feature = "burn")]
pub(crate) fn gate_columns(values: &[f32], gate: usize, units: usize) -> Vec<f32> {
    let columns = |row: &[f32]| row.iter().skip(gate * units).take(units).copied().collect::<Vec<f32>>();
    values.chunks_exact((4 * units).max(1)).flat_map(columns).collect()
}

/// Numbers as bytes, the lowest byte first.
pub(crate) fn little_endian(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Makes the gates but `g` in rows `[4·units]` so many times as steep.
pub(crate) fn steepen(rows: &mut [f32], units: usize, factor: f64) {
    for (gate, sums) in rows.chunks_exact_mut(units.max(1)).enumerate() {
        if gate % 4 != 2 {
            sums.iter_mut().for_each(|sum| *sum = (f64::from(*sum) * factor) as f32);
        }
    }
}
