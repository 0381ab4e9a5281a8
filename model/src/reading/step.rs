//! One unit of the top layer at one character, taken apart.

use super::reader::Reading;
use crate::{math::tanh, weights::Weights};

/// What one unit did at one character. The gates stand in the order `i f g o`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// What the character, or the layer below, and the bias give to each gate's sum.
    pub from_input: [f32; 4],
    /// What the layer's own hidden state before the character gives to each gate's sum.
    pub from_memory: [f32; 4],
    /// The gates' values: from 0 to 1, but `g` from -1 to 1.
    pub gates: [f32; 4],
    /// The cell before the character.
    pub cell_before: f32,
    /// The cell after it: `f · cell_before + i · g`.
    pub cell: f32,
    /// What the unit gives out: `o · tanh(cell)`, from -1 to 1.
    pub hidden: f32,
}

/// The step of a unit of the top layer at the character at `at`. `weights` are those that the text was read with;
/// `None` if they cannot be, or if there is no such character or unit.
pub fn step(weights: &Weights, reading: &Reading, at: usize, unit: usize) -> Option<Step> {
    let layer = weights.layers.last()?;
    let top = weights.layers.len() - 1;
    let same = (layer.hidden, top + 1) == (reading.units, reading.layers);
    let id = *reading.ids.get(at)? as usize;
    if !same || unit >= layer.hidden {
        return None;
    }
    let width = 4 * layer.hidden;
    let sum = |matrix: &[f32], column: usize, x: &[f32]| -> f32 {
        matrix.iter().skip(column).step_by(width).zip(x).map(|(weight, x)| weight * x).sum()
    };
    let (mut from_input, mut from_memory, mut gates) = ([0.0; 4], [0.0; 4], [0.0; 4]);
    for gate in 0..4 {
        let column = gate * layer.hidden + unit;
        let input = if top == 0 {
            *layer.kernel.get(id.min(layer.input.saturating_sub(1)) * width + column)?
        } else {
            sum(&layer.kernel, column, reading.hidden_in(at + 1, top - 1))
        };
        from_input[gate] = input + layer.bias.get(column)?;
        from_memory[gate] = sum(&layer.recurrent, column, reading.hidden_in(at, top));
        let total = from_input[gate] + from_memory[gate];
        gates[gate] = if gate == 2 { tanh(total) } else { weights.gates.of(total) };
    }
    Some(Step {
        from_input,
        from_memory,
        gates,
        cell_before: *reading.cells_in(at).get(unit)?,
        cell: *reading.cells_in(at + 1).get(unit)?,
        hidden: reading.activation(at, unit),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gates::GateFunction,
        generator::{Generator, tests::weights},
        reading::reader::Reader,
        test_prelude::test,
    };

    #[test]
    fn the_gates_make_the_cell_and_the_hidden_state() {
        for (units, layers) in [(9, 1), (16, 2), (10, 3)] {
            let mut weights = weights(units, layers);
            for (skipped, function) in [(0, GateFunction::Sigmoid), (2, GateFunction::HardSigmoid)] {
                weights.gates = function;
                let mut reader = Reader::new(Generator::new(&weights));
                let mut reading = Reading::new();
                (0..skipped).for_each(|id| reader.skip(id));
                [3, 1, 4, 99, 5].iter().for_each(|&id| reader.keep(id, &mut reading));
                for (at, unit) in (0..5).flat_map(|at| (0..units).map(move |unit| (at, unit))) {
                    let step = step(&weights, &reading, at, unit).unwrap();
                    let [i, f, g, o] = step.gates;
                    assert!(
                        (f * step.cell_before + i * g - step.cell).abs() < 1e-5,
                        "{at}, {unit}: {step:?}"
                    );
                    assert!((o * tanh(step.cell) - step.hidden).abs() < 1e-5, "{at}, {unit}: {step:?}");
                    assert!(at + skipped as usize > 0 || step.from_memory == [0.0; 4]);
                }
            }
        }
    }

    #[test]
    fn what_is_not_there_has_no_step() {
        let small = weights(4, 1);
        let mut reading = Reading::new();
        assert_eq!(step(&small, &reading, 0, 0), None);
        Reader::new(Generator::new(&small)).keep(1, &mut reading);
        assert!(step(&small, &reading, 0, 3).is_some());
        assert_eq!(step(&small, &reading, 1, 0), None);
        assert_eq!(step(&small, &reading, 0, 4), None);
        assert_eq!(step(&weights(4, 2), &reading, 0, 0), None);
        assert_eq!(step(&weights(5, 1), &reading, 0, 0), None);
    }
}
