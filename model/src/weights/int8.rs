//! Matrices in one byte a number: integers from -127 to 127, with a scale for each column.
//!
//! A column is what one gate or one logit sums up, so that its scale fits what is summed.

/// A matrix `[rows, columns]` as bytes.
pub(super) struct Int8 {
    /// Two's complement, row-major.
    pub(super) bytes: Vec<u8>,
    /// `[columns]`: what a one stands for.
    pub(super) scales: Vec<f32>,
}

/// The name of the scales of tensor `name`.
pub(super) fn scale_name(name: &str) -> String {
    format!("{name}.scale")
}

/// Rounds a matrix with `columns` columns.
pub(super) fn round(values: &[f32], columns: usize) -> Int8 {
    let mut scales = vec![0.0f32; columns];
    for row in values.chunks_exact(columns) {
        for (scale, value) in scales.iter_mut().zip(row) {
            *scale = scale.max(value.abs() / 127.0);
        }
    }
    let rounded = |(value, scale): (&f32, &f32)| match *scale > 0.0 {
        true => (value / scale).round().clamp(-127.0, 127.0) as i8 as u8,
        false => 0,
    };
    let rows = values.chunks_exact(columns);
    let bytes = rows.flat_map(|row| row.iter().zip(&scales).map(rounded)).collect();
    Int8 { bytes, scales }
}

/// Reads a matrix back into `values`, which have as many numbers as there are `bytes`.
pub(super) fn widen(bytes: &[u8], scales: &[f32], values: &mut [f32]) {
    let rows = values.chunks_exact_mut(scales.len()).zip(bytes.chunks_exact(scales.len()));
    for (values, bytes) in rows {
        for ((value, byte), scale) in values.iter_mut().zip(bytes).zip(scales) {
            *value = f32::from(*byte as i8) * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_prelude::test;

    #[test]
    fn errs_by_half_a_scale_at_most() {
        let values = [0.5f32, -1e-3, 0.0, -0.25, 7e-4, 0.0, 0.124, 2e-3, 0.0];
        let matrix = round(&values, 3);
        assert_eq!(matrix.scales, [0.5 / 127.0, 2e-3 / 127.0, 0.0]);
        let mut read = [1.0f32; 9];
        widen(&matrix.bytes, &matrix.scales, &mut read);
        for (at, (read, value)) in read.iter().zip(&values).enumerate() {
            let half = matrix.scales[at % 3] * 0.5001;
            assert!((read - value).abs() <= half, "{read} for {value}");
        }
    }
}
