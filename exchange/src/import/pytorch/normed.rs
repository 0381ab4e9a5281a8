//! `weight_norm`: a weight kept as directions, and lengths to give them.

use crate::{ImportError, import::parts::Matrix};

/// The weight: each row of the directions (or column, or all of them) at the length that is kept for it.
pub(super) fn matrix(
    directions: Matrix,
    shape: &[usize],
    lengths: &[f32],
    name: &str,
) -> Result<Matrix, ImportError> {
    let (rows, columns) = (directions.rows, directions.columns);
    // Which of the lengths is a number's.
    let place: fn(usize, usize) -> usize = match shape {
        [count, 1] | [count] if *count == rows => |row, _| row,
        [1, count] if *count == columns => |_, column| column,
        [] | [1] | [1, 1] => |_, _| 0,
        _ => {
            let problem = format!(
                "has the lengths of {} rows, but there are {rows} rows of {columns} numbers; save the model again",
                lengths.len()
            );
            return Err(ImportError::tensor(name, problem));
        }
    };
    let places = || (0..rows).flat_map(|row| (0..columns).map(move |column| place(row, column)));
    let mut squares = vec![0.0f64; lengths.len()];
    for (place, &value) in places().zip(&directions.values) {
        if let Some(sum) = squares.get_mut(place) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    let scales: Vec<f64> =
        squares.iter().zip(lengths).map(|(sum, &length)| f64::from(length) / sum.sqrt()).collect();
    let scaled = places().zip(&directions.values).map(|(place, &value)| {
        let scale = scales.get(place).copied().unwrap_or(0.0);
        (scale * f64::from(value)) as f32
    });
    let values: Vec<f32> = scaled.collect();
    match values.iter().all(|value| value.is_finite()) {
        true => Ok(Matrix { rows, columns, values }),
        false => {
            Err(ImportError::tensor(name, "gives a length to a direction that is zero; train the model anew"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_columns_and_all() {
        let directions = || Matrix { rows: 2, columns: 2, values: vec![3.0, 4.0, 0.0, 2.0] };
        let of =
            |shape: &[usize], lengths: &[f32]| matrix(directions(), shape, lengths, "g").map(|m| m.values);
        assert_eq!(of(&[2, 1], &[10.0, 1.0]).unwrap(), [6.0, 8.0, 0.0, 1.0]);
        assert_eq!(of(&[1, 2], &[6.0, 0.0]).unwrap(), [6.0, 0.0, 0.0, 0.0]);
        let all = of(&[], &[29.0f32.sqrt()]).unwrap();
        assert!(all.iter().zip([3.0, 4.0, 0.0, 2.0]).all(|(a, b)| (a - b).abs() < 1e-6));
        assert!(of(&[3, 1], &[1.0; 3]).unwrap_err().to_string().contains("2 rows of 2"));
        let zero = Matrix { rows: 1, columns: 1, values: vec![0.0] };
        assert!(matrix(zero, &[1, 1], &[1.0], "g").is_err());
    }
}
