//! The network on burn against burn's own LSTM and against the plain CPU generator, on every device.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use burn::{
    module::{Module, Param},
    nn::{GateController, Linear, Lstm, LstmConfig},
    tensor::{Device, Int, Tensor, TensorData},
};
use model::{
    BlockGenerator, Card, CharLstm, Generator, Request, Vocab, Weights, Writer, lstm_sequence, uniform,
};

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

/// The CPU, and the GPU where there is a driver.
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

#[test]
fn agrees_with_burns_own_lstm() {
    for device in devices() {
        let device = device.autodiff();
        for (characters, hidden, batch, time) in [(5u32, 1, 1, 1), (7, 13, 3, 9), (11, 32, 5, 20)] {
            let weights = weights(characters, hidden, 1);
            let ids: Vec<i32> = (0..batch * time).map(|n| (n as i32 * 7 + 3) % characters as i32).collect();
            let coefficients: Vec<f32> =
                (0..batch * time * hidden).map(|n| uniform(4, 0, n as u32)).collect();

            let ours = CharLstm::new(&weights, &device);
            let data = TensorData::new(ids.clone(), [time, batch]);
            let projected = ours.layers[0].project_ids(&Tensor::<2, Int>::from_data(data, &device));
            let state = ours.zero_state(batch).remove(0);
            let (outputs, last) = lstm_sequence(projected, ours.layers[0].recurrent.val(), state);
            let coefficient = |shape: [usize; 3]| {
                Tensor::<3>::from_data(TensorData::new(coefficients.clone(), shape), &device)
            };
            let outputs: Tensor<3> = Tensor::stack(outputs, 0);
            let ours_loss = (outputs.clone() * coefficient([time, batch, hidden])).sum();
            let gradients = ours_loss.backward();
            let recurrent_gradient = values(ours.layers[0].recurrent.val().grad(&gradients).unwrap());
            let bias_gradient = values(ours.layers[0].bias.val().grad(&gradients).unwrap());

            let one_hot: Vec<f32> = (0..batch)
                .flat_map(|row| (0..time).map(move |step| (row, step)))
                .flat_map(|(row, step)| {
                    let id = ids[step * batch + row];
                    (0..characters as i32).map(move |n| f32::from(u8::from(n == id)))
                })
                .collect();
            let one_hot = TensorData::new(one_hot, [batch, time, characters as usize]);
            let stock = stock_lstm(&weights, &device);
            let (expected, expected_last) = stock.forward(Tensor::<3>::from_data(one_hot, &device), None);
            let expected = expected.swap_dims(0, 1);
            let gradients = (expected.clone() * coefficient([time, batch, hidden])).sum().backward();
            let forget = stock.forget_gate.as_ref().unwrap();
            let expected_recurrent = values(forget.hidden_transform.weight.val().grad(&gradients).unwrap());
            let expected_bias = values(
                stock.cell_gate.input_transform.bias.as_ref().unwrap().val().grad(&gradients).unwrap(),
            );

            assert_close("hidden", &values(outputs), &values(expected), 1e-5);
            assert_close("last cell", &values(last.cell), &values(expected_last.cell), 1e-5);
            let gate = |values: &[f32], number: usize| -> Vec<f32> {
                values
                    .chunks(4 * hidden)
                    .flat_map(|row| &row[number * hidden..(number + 1) * hidden])
                    .copied()
                    .collect()
            };
            assert_close("recurrent gradient", &gate(&recurrent_gradient, 1), &expected_recurrent, 1e-4);
            assert_close("bias gradient", &gate(&bias_gradient, 2), &expected_bias, 1e-4);
        }
    }
}

#[test]
fn the_block_generator_agrees_with_the_cpu() {
    for device in devices() {
        for (hidden, layers) in [(24, 1), (17, 2)] {
            let weights = weights(9, hidden, layers);
            let mut blocks = BlockGenerator::new(CharLstm::new(&weights, &device).no_grad(), &device);
            let prompt = [3u32, 1, 4, 1, 5];
            let logits = values(blocks.read(&prompt));
            assert_close("logits", &logits, Generator::new(&weights).read(&prompt), 1e-5);
            for temperature in [0.0, 0.01, 0.8] {
                let text = weights.vocab.decode(&prompt);
                let request = Request::new(&weights.vocab, &text, temperature, 24, 7).unwrap();
                let expected: Vec<u32> = Writer::new(Generator::new(&weights), request).collect();
                blocks.begin(&prompt, 1);
                let mut written = Vec::new();
                for steps in [0..10u32, 10..24] {
                    let uniforms: Vec<f32> = steps.map(|step| uniform(7, 0, step)).collect();
                    let ids = blocks.block(&uniforms, temperature).into_data();
                    written.extend(ids.iter::<i32>().map(|id| id as u32));
                }
                assert_eq!(written, expected, "temperature {temperature}");
            }
            // Rows side by side write what they write alone.
            blocks.begin(&prompt, 3);
            let uniforms: Vec<f32> =
                (0..4).flat_map(|step| (0..3).map(move |row| uniform(7, row, step))).collect();
            let ids: Vec<i32> = blocks.block(&uniforms, 0.8).into_data().iter::<i32>().collect();
            assert_eq!(ids.len(), 12);
            for row in 0..3u32 {
                blocks.begin(&prompt, 1);
                let uniforms: Vec<f32> = (0..4).map(|step| uniform(7, row, step)).collect();
                let alone: Vec<i32> = blocks.block(&uniforms, 0.8).into_data().iter::<i32>().collect();
                let beside: Vec<i32> = ids.iter().skip(row as usize).step_by(3).copied().collect();
                assert_eq!(alone, beside);
            }
        }
    }
}

#[test]
fn weights_go_to_the_device_and_back() {
    for device in devices() {
        let weights = weights(6, 10, 2);
        let mut back = Weights::zeros(weights.vocab.clone(), Card::default(), 10, 2).unwrap();
        CharLstm::new(&weights, &device).store(&mut back);
        assert_eq!(back, weights);
    }
}
