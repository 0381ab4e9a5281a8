//! `CuDNNLSTM`, whose weights lie as NVIDIA's library wants them.

use crate::import::{
    gates::Gates,
    parts::{Lstm, Matrix},
};

/// Whether a layer's numbers are those of a `CuDNNLSTM`: it has a bias of its own for the state.
pub(super) fn is_cudnn(lstm: &Lstm) -> bool {
    lstm.bias.as_ref().is_some_and(|bias| bias.len() == 8 * lstm.recurrent.rows)
}

/// The same layer as a plain LSTM, as Keras itself makes one of it when it loads such weights: the two biases added up,
/// each gate's recurrent weights transposed, and its input weights, which are stored by units, stored by inputs.
pub(super) fn plain(lstm: Lstm) -> Lstm {
    let units = lstm.recurrent.rows;
    let (inputs, gates) = (lstm.kernel.rows, 4 * units);
    if lstm.kernel.columns != gates || lstm.recurrent.columns != gates {
        // Refused by its shapes.
        return lstm;
    }
    // A gate's numbers in the order in which they are stored are `[units, rows]`.
    let turned = |matrix: &Matrix, rows: usize| {
        let mut values = vec![0.0; matrix.values.len()];
        for gate in 0..4 {
            for at in 0..rows * units {
                let stored = matrix.values.get(at / units * gates + gate * units + at % units);
                if let (Some(value), Some(&stored)) =
                    (values.get_mut(at % rows * gates + gate * units + at / rows), stored)
                {
                    *value = stored;
                }
            }
        }
        Matrix { rows, columns: gates, values }
    };
    let bias = lstm.bias.map(|bias| {
        let (input, state) = bias.split_at(bias.len() / 2);
        input.iter().zip(state).map(|(input, state)| input + state).collect()
    });
    Lstm {
        kernel: turned(&lstm.kernel, inputs),
        recurrent: turned(&lstm.recurrent, units),
        bias,
        gates: Gates::Sigmoid,
        ..lstm
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::gates::Slope;

    /// Three inputs, two units; the numbers count up. What is expected is what Keras's own conversion
    /// (`tf_keras`, `_convert_rnn_weights`) printed.
    #[test]
    fn as_keras_converts_it() {
        let matrix = |rows: usize| Matrix {
            rows,
            columns: 8,
            values: (0..rows * 8).map(|value| value as f32).collect(),
        };
        let bias = Some((0..16).map(|value| value as f32).collect());
        let gates = Gates::Open(Slope::Fifth);
        let lstm = Lstm { name: String::new(), kernel: matrix(3), recurrent: matrix(2), bias, gates };
        assert!(is_cudnn(&lstm));
        let plain = plain(lstm);
        assert_eq!(plain.gates, Gates::Sigmoid);
        let kernel = [
            [0., 9., 2., 11., 4., 13., 6., 15.],
            [1., 16., 3., 18., 5., 20., 7., 22.],
            [8., 17., 10., 19., 12., 21., 14., 23.],
        ];
        assert_eq!(plain.kernel.values, kernel.concat());
        let recurrent = [[0., 8., 2., 10., 4., 12., 6., 14.], [1., 9., 3., 11., 5., 13., 7., 15.]];
        assert_eq!(plain.recurrent.values, recurrent.concat());
        assert_eq!(plain.bias.unwrap(), [8., 10., 12., 14., 16., 18., 20., 22.]);
    }
}
