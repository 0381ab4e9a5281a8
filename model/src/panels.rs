//! Matrices cut for products that run down a few columns at a time.

/// A row-major `[depth, columns]` matrix cut into panels of `width` columns, each panel's rows one after another; the
/// last panel is filled up with zeros.
pub(crate) fn cut(matrix: &[f32], depth: usize, columns: usize, width: usize) -> Vec<f32> {
    let mut values = vec![0.0; depth * columns.next_multiple_of(width)];
    for (row, source) in matrix.chunks_exact(columns).enumerate() {
        for (panel, part) in source.chunks(width).enumerate() {
            let at = (panel * depth + row) * width;
            values[at..at + part.len()].copy_from_slice(part);
        }
    }
    values
}
