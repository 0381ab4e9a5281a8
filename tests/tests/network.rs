//! The network on burn against burn's own LSTM, on every device.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use burn::{
    module::Param,
    nn::{GateController, Linear, Lstm, LstmConfig},
    tensor::{Device, Tensor, TensorData, read_sync},
};
use model::{Card, CharLstm, LstmState, Vocab, Weights, lstm_sequence, uniform};

/// Weights from the random stream.
fn weights(characters: u32, hidden: usize, layers: usize) -> Weights {
    let vocab = (0..characters).filter_map(|n| char::from_u32(0x61 + n));
    let vocab = Vocab::from_characters(vocab).unwrap();
    let mut weights = Weights::zeros(vocab, Card::default(), hidden, layers).unwrap();
    for (values, row) in weights.values_mut().into_iter().zip(0u32..) {
        for (value, step) in values.iter_mut().zip(0u32..) {
            *value = uniform(9, row, step) - 0.5;
        }
    }
    weights
}

/// The CPU, and the GPU if the tests are to use it.
fn devices() -> Vec<Device> {
    let mut devices = vec![Device::flex()];
    if std::env::var("SCRIPTORIUM_GPU_TESTS").is_ok_and(|value| value == "1") {
        devices.push(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice));
    }
    devices
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn assert_close(name: &str, left: &[f32], right: &[f32], tolerance: f32) {
    assert_eq!(left.len(), right.len(), "{name}");
    let scale = right.iter().fold(1.0f32, |most, value| most.max(value.abs()));
    for (a, b) in left.iter().zip(right) {
        assert!((a - b).abs() <= tolerance * scale, "{name}: {a} against {b}");
    }
}

/// burn's own LSTM with the weights of a layer of ours: each gate's columns go into a Linear of its own.
fn stock_lstm(weights: &Weights, device: &Device) -> Lstm {
    let layer = &weights.layers[0];
    let (input, hidden) = (layer.input, layer.hidden);
    let columns = |values: &[f32], rows: usize, gate: usize| {
        let part = (0..rows)
            .flat_map(|row| &values[(row * 4 + gate) * hidden..(row * 4 + gate + 1) * hidden])
            .copied()
            .collect::<Vec<f32>>();
        Param::from_data(TensorData::new(part, [rows, hidden]), device)
    };
    let gate = |number: usize| {
        let bias = layer.bias[number * hidden..(number + 1) * hidden].to_vec();
        GateController {
            input_transform: Linear {
                weight: columns(&layer.kernel, input, number),
                bias: Some(Param::from_data(TensorData::new(bias, [hidden]), device)),
            },
            hidden_transform: Linear {
                weight: columns(&layer.recurrent, hidden, number),
                bias: Some(Param::from_data(TensorData::new(vec![0.0f32; hidden], [hidden]), device)),
            },
        }
    };
    let mut stock = LstmConfig::new(input, hidden, true).init(device);
    stock.input_gate = gate(0);
    stock.forget_gate = Some(gate(1));
    stock.cell_gate = gate(2);
    stock.output_gate = gate(3);
    stock
}

/// One layer's problem: what goes in, and what the loss takes of what comes out.
struct Case {
    characters: usize,
    hidden: usize,
    batch: usize,
    time: usize,
}

const CASES: [Case; 9] = [
    Case { characters: 5, hidden: 1, batch: 1, time: 1 },
    Case { characters: 7, hidden: 13, batch: 3, time: 9 },
    Case { characters: 11, hidden: 32, batch: 5, time: 20 },
    Case { characters: 6, hidden: 33, batch: 7, time: 1 },
    Case { characters: 4, hidden: 130, batch: 26, time: 3 },
    Case { characters: 3, hidden: 128, batch: 53, time: 2 },
    // Rows and units beside whole tiles of the GPU's kernels, and more rows than one has.
    Case { characters: 5, hidden: 7, batch: 37, time: 3 },
    Case { characters: 4, hidden: 36, batch: 65, time: 2 },
    // More units than a workgroup has threads, and than a run down a panel is long.
    Case { characters: 3, hidden: 300, batch: 2, time: 4 },
];

impl Case {
    fn weights(&self) -> Weights {
        let mut weights = weights(self.characters as u32, self.hidden, 1);
        // With these the gates of wide layers do not all saturate.
        let scale = 4.0 / (self.hidden as f32).sqrt();
        weights.layers[0].recurrent.iter_mut().for_each(|value| *value *= scale.min(1.0));
        weights
    }

    fn ids(&self) -> Vec<i32> {
        (0..self.batch * self.time).map(|n| (n * 7 + 3) as i32 % self.characters as i32).collect()
    }

    fn random<const D: usize>(&self, row: u32, shape: [usize; D], device: &Device) -> Tensor<D> {
        let count = shape.iter().product::<usize>() as u32;
        let values: Vec<f32> = (0..count).map(|n| uniform(4, row, n) - 0.5).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn state(&self, device: &Device) -> LstmState {
        let part = |row| self.random(row, [self.batch, self.hidden], device).require_grad();
        LstmState { hidden: part(1), cell: part(2) }
    }

    /// A loss that every output has a part in, the last state included.
    fn loss(&self, outputs: Tensor<3>, hidden: Tensor<2>, cell: Tensor<2>) -> Tensor<1> {
        let device = outputs.device();
        let state = [self.batch, self.hidden];
        (outputs * self.random(3, [self.time, self.batch, self.hidden], &device)).sum()
            + (hidden * self.random(4, state, &device)).sum()
            + (cell * self.random(5, state, &device)).sum()
    }
}

#[test]
fn agrees_with_burns_own_lstm() {
    for device in devices() {
        let device = device.autodiff();
        for case in &CASES {
            let &Case { characters, hidden, batch, time } = case;
            let weights = case.weights();
            let ours = CharLstm::new(&weights, &device);
            let layer = &ours.layers[0];
            let data = TensorData::new(case.ids(), [time, batch]);
            let state = case.state(&device);
            let (outputs, last) = layer.read(Tensor::from_data(data, &device), state.clone(), None, time);
            let gradients = case.loss(outputs.clone(), last.hidden, last.cell.clone()).backward();

            let one_hot: Vec<f32> = (0..batch)
                .flat_map(|row| (0..time).map(move |step| step * batch + row))
                .flat_map(|at| {
                    let id = case.ids()[at];
                    (0..characters as i32).map(move |n| f32::from(u8::from(n == id)))
                })
                .collect();
            let one_hot = TensorData::new(one_hot, [batch, time, characters]);
            let stock = stock_lstm(&weights, &device);
            let start = case.state(&device);
            let given = burn::nn::LstmState::new(start.cell.clone(), start.hidden.clone());
            let (expected, expected_last) =
                stock.forward(Tensor::<3>::from_data(one_hot, &device), Some(given));
            let expected = expected.swap_dims(0, 1);
            let loss = case.loss(expected.clone(), expected_last.hidden, expected_last.cell.clone());
            let expected_gradients = loss.backward();

            let what = |name: &str| format!("{name}, {hidden} units, {batch} rows, {time} steps, {device:?}");
            assert_close(&what("hidden"), &values(outputs), &values(expected), 1e-5);
            assert_close(&what("last cell"), &values(last.cell), &values(expected_last.cell), 1e-5);
            let initial = [(&state.hidden, &start.hidden), (&state.cell, &start.cell)];
            for (ours, stock) in initial {
                let found = values(ours.grad(&gradients).unwrap());
                let expected = values(stock.grad(&expected_gradients).unwrap());
                assert_close(&what("initial state's gradient"), &found, &expected, 1e-4);
            }
            let forget = stock.forget_gate.as_ref().unwrap();
            let gates = [&stock.input_gate, forget, &stock.cell_gate, &stock.output_gate];
            let found = [
                values(layer.kernel.val().grad(&gradients).unwrap()),
                values(layer.recurrent.val().grad(&gradients).unwrap()),
                values(layer.bias.val().grad(&gradients).unwrap()),
            ];
            for (number, gate) in gates.into_iter().enumerate() {
                let bias = gate.input_transform.bias.as_ref().unwrap();
                let expected = [
                    values(gate.input_transform.weight.val().grad(&expected_gradients).unwrap()),
                    values(gate.hidden_transform.weight.val().grad(&expected_gradients).unwrap()),
                    values(bias.val().grad(&expected_gradients).unwrap()),
                ];
                for ((found, expected), name) in
                    found.iter().zip(&expected).zip(["kernel", "recurrent", "bias"])
                {
                    let found: Vec<f32> = found
                        .chunks(4 * hidden)
                        .flat_map(|row| &row[number * hidden..(number + 1) * hidden])
                        .copied()
                        .collect();
                    assert_close(&what(&format!("{name} gradient of gate {number}")), &found, expected, 1e-4);
                }
            }
        }
    }
}

#[test]
fn an_id_is_a_one_hot_vector() {
    for device in devices() {
        let device = device.autodiff();
        for case in &CASES {
            let &Case { characters, hidden, batch, time } = case;
            let layer = CharLstm::new(&case.weights(), &device).layers.remove(0);
            let vectors = case.ids().into_iter().flat_map(|id| {
                (0..characters as i32).map(move |character| f32::from(u8::from(character == id)))
            });
            let vectors = TensorData::new(vectors.collect::<Vec<f32>>(), [time, batch, characters]);
            let ids = TensorData::new(case.ids(), [time, batch]);
            let passes = [
                layer.read(Tensor::from_data(ids, &device), case.state(&device), None, time),
                layer.run(Tensor::from_data(vectors, &device), case.state(&device), None, time),
            ];
            let [read, run] = passes.map(|(outputs, last)| {
                let gradients = case.loss(outputs.clone(), last.hidden, last.cell).backward();
                let kernel = values(layer.kernel.val().grad(&gradients).unwrap());
                let recurrent = values(layer.recurrent.val().grad(&gradients).unwrap());
                [values(outputs), kernel, recurrent, values(layer.bias.val().grad(&gradients).unwrap())]
            });
            for ((read, run), what) in read.iter().zip(&run).zip(["hidden", "kernel", "recurrent", "bias"]) {
                assert_close(&format!("{what}, {hidden} units, {device:?}"), read, run, 1e-5);
            }
        }
    }
}

#[test]
fn the_last_steps_are_those_of_all() {
    for device in devices() {
        let device = device.autodiff();
        for case in &CASES {
            let &Case { hidden, batch, time, .. } = case;
            let layer = CharLstm::new(&case.weights(), &device).layers.remove(0);
            let pass = |last: usize, wanted: usize| {
                let ids = Tensor::from_data(TensorData::new(case.ids(), [time, batch]), &device);
                let state = case.state(&device);
                let (outputs, after) = layer.read(ids, state.clone(), None, last);
                let outputs = outputs.narrow(0, last - wanted, wanted);
                let factors = case.random(3, [wanted, batch, hidden], &device);
                let loss = (outputs.clone() * factors).sum() + after.hidden.sum() + after.cell.sum();
                let gradients = loss.backward();
                [
                    values(outputs),
                    values(layer.kernel.val().grad(&gradients).unwrap()),
                    values(layer.recurrent.val().grad(&gradients).unwrap()),
                    values(state.hidden.grad(&gradients).unwrap()),
                    values(state.cell.grad(&gradients).unwrap()),
                ]
            };
            for last in [1, time.div_ceil(2)] {
                let what = ["hidden", "kernel", "recurrent", "initial hidden state", "initial cell"];
                for ((found, expected), what) in pass(last, last).iter().zip(&pass(time, last)).zip(what) {
                    let what = format!("{what}, {last} of {time} steps, {hidden} units, {device:?}");
                    assert_close(&what, found, expected, 1e-6);
                }
            }
        }
    }
}

/// The textbook's layer in f64: the loss of [`Case::loss`] for a projected input, recurrent weights and a state.
fn exact_loss(case: &Case, inputs: &[Vec<f64>; 4], coefficients: &[Vec<f64>; 3]) -> f64 {
    let &Case { hidden: units, batch, time, .. } = case;
    let [projected, recurrent, hidden, cell] = inputs;
    let (mut h, mut c) = (hidden.clone(), cell.clone());
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let mut loss = 0.0;
    for step in 0..time {
        let before = h.clone();
        for row in 0..batch {
            for unit in 0..units {
                let sum = |gate: usize| {
                    projected[((step * batch + row) * 4 + gate) * units + unit]
                        + (0..units)
                            .map(|k| before[row * units + k] * recurrent[(k * 4 + gate) * units + unit])
                            .sum::<f64>()
                };
                let at = row * units + unit;
                c[at] = sigmoid(sum(1)) * c[at] + sigmoid(sum(0)) * sum(2).tanh();
                h[at] = sigmoid(sum(3)) * c[at].tanh();
                loss += h[at] * coefficients[0][step * batch * units + at];
            }
        }
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    loss + dot(&h, &coefficients[1]) + dot(&c, &coefficients[2])
}

#[test]
fn gradients_are_the_differences_of_an_exact_loss() {
    let case = Case { characters: 1, hidden: 3, batch: 2, time: 4 };
    let &Case { hidden, batch, time, .. } = &case;
    let exact = |tensor: &[f32]| tensor.iter().copied().map(f64::from).collect::<Vec<f64>>();
    for device in devices() {
        let device = device.autodiff();
        let projected = case.random(6, [time, batch, 4 * hidden], &device).require_grad();
        let recurrent = case.random(7, [hidden, 4 * hidden], &device).require_grad();
        let state = case.state(&device);
        let (outputs, last) = lstm_sequence(projected.clone(), recurrent.clone(), state.clone());
        let gradients = case.loss(outputs, last.hidden, last.cell).backward();
        let found = [
            values(projected.grad(&gradients).unwrap()),
            values(recurrent.grad(&gradients).unwrap()),
            values(state.hidden.grad(&gradients).unwrap()),
            values(state.cell.grad(&gradients).unwrap()),
        ];
        let mut inputs =
            [values(projected.inner()), values(recurrent.inner()), values(state.hidden), values(state.cell)]
                .map(|values| exact(&values));
        let one = [batch, hidden];
        let coefficients = [
            exact(&values(case.random(3, [time, batch, hidden], &device))),
            exact(&values(case.random(4, one, &device))),
            exact(&values(case.random(5, one, &device))),
        ];
        for (which, found) in found.iter().enumerate() {
            for (at, found) in found.iter().enumerate() {
                let mut difference = |by: f64| {
                    let kept = inputs[which][at];
                    inputs[which][at] = kept + by;
                    let loss = exact_loss(&case, &inputs, &coefficients);
                    inputs[which][at] = kept;
                    loss
                };
                let expected = (difference(1e-5) - difference(-1e-5)) / 2e-5;
                let error = (f64::from(*found) - expected).abs();
                assert!(error < 1e-6, "input {which} at {at}, {device:?}: {found} against {expected}");
            }
        }
    }
}

#[test]
fn weights_go_to_the_device_and_back() {
    for device in devices() {
        let weights = weights(6, 10, 2);
        let mut back = Weights::zeros(weights.vocab.clone(), Card::default(), 10, 2).unwrap();
        read_sync(CharLstm::new(&weights, &device).store(&mut back)).unwrap();
        assert_eq!(back, weights);
    }
}
