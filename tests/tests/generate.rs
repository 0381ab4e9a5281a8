//! The generation kernel against the plain CPU generator, on the GPU where there is a driver.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use burn::tensor::{Device, DeviceKind};
use model::{
    BlockGenerator, Card, Draw, GateFunction, Generator, Request, Vocab, Weights, Writer, log_softmax,
    uniform,
};

/// Weights from the random stream, scaled so that the gates of wide layers do not all saturate.
fn weights(characters: u32, hidden: usize, layers: usize) -> Weights {
    let vocab = Vocab::from_characters((0..characters).filter_map(|n| char::from_u32(0x100 + n))).unwrap();
    let mut weights = Weights::zeros(vocab, Card::default(), hidden, layers).unwrap();
    let scale = (4.0 / (hidden as f32).sqrt()).min(1.0);
    for (values, row) in weights.values_mut().into_iter().zip(0u32..) {
        for (value, step) in values.iter_mut().zip(0u32..) {
            *value = (uniform(9, row, step) - 0.5) * scale;
        }
    }
    // Logits far apart, so that rounding seldom decides.
    weights.dense.kernel.iter_mut().for_each(|value| *value *= 4.0);
    weights
}

fn gpu() -> Option<Device> {
    std::env::var("SCRIPTORIUM_GPU_TESTS")
        .is_ok_and(|value| value == "1")
        .then(|| Device::wgpu(DeviceKind::DefaultDevice))
}

fn row(prompt: &[u32], temperature: f32, seed: u32, row: u32) -> Request {
    Request {
        prompt: prompt.to_vec(),
        draw: Draw::Logits,
        temperature,
        top_k: 0,
        top_p: 1.0,
        length: 0,
        written: 0,
        seed,
        row,
    }
}

/// What the CPU writes for a row.
fn expected(weights: &Weights, row: &Request, length: u32) -> Vec<u32> {
    Writer::new(Generator::new(weights), Request { length, ..row.clone() }).collect()
}

/// What the GPU writes, in blocks of some lengths: a row's ids one after another.
fn written(blocks: &mut BlockGenerator, rows: &[Request], lengths: &[u32]) -> Vec<Vec<u32>> {
    blocks.begin(rows);
    let mut texts = vec![Vec::new(); rows.len()];
    // Queued all before any is read, as the engine does with two.
    let queued: Vec<_> = lengths.iter().map(|&length| blocks.block(length)).collect();
    for block in queued {
        for step in block.into_data().iter::<i32>().collect::<Vec<i32>>().chunks_exact(rows.len()) {
            for (text, id) in texts.iter_mut().zip(step) {
                text.push(*id as u32);
            }
        }
    }
    texts
}

const SHAPES: [(u32, usize, usize); 9] = [
    (2, 1, 1),
    (3, 3, 2),
    (78, 40, 3),
    (65, 128, 1),
    (78, 128, 2),
    (31, 130, 1),
    (600, 40, 1),
    (78, 384, 1),
    (30, 1024, 1),
];

#[test]
fn logits_are_those_of_the_cpu() {
    let Some(device) = gpu() else { return };
    for (characters, hidden, layers) in SHAPES {
        for gates in [GateFunction::Sigmoid, GateFunction::HardSigmoid] {
            let weights = Weights { gates, ..weights(characters, hidden, layers) };
            let mut blocks = BlockGenerator::new(&weights, &device).unwrap();
            for length in [1, 2, 21] {
                let ids: Vec<u32> = (0..length).map(|n| (n * 7 + 3) % characters).collect();
                let found: Vec<f32> = blocks.read(&ids).into_data().iter::<f32>().collect();
                let expected = log_softmax(Generator::new(&weights).read(&ids));
                assert_eq!(found.len(), expected.len());
                let found = log_softmax(&found);
                let apart = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                println!(
                    "{characters} characters, {hidden} units, {layers} layers, {length} read: {apart:.1e}"
                );
                assert!(apart < 1e-5, "{characters} characters, {hidden} units, {gates:?}: {apart}");
            }
        }
    }
}

#[test]
fn the_text_is_that_of_the_cpu() {
    let Some(device) = gpu() else { return };
    for (characters, hidden, layers) in SHAPES {
        let weights = weights(characters, hidden, layers);
        let mut blocks = BlockGenerator::new(&weights, &device).unwrap();
        let prompt: Vec<u32> = (0..9).map(|n| (n * 5 + 1) % characters).collect();
        for (temperature, seed) in [(0.0, 1), (0.01, 2), (0.5, 3), (1.0, 4), (2.5, 5)] {
            let row = row(&prompt, temperature, seed, 0);
            let expected = expected(&weights, &row, 120);
            let found = written(&mut blocks, &[row], &[1, 2, 40, 77]);
            assert_eq!(
                found[0], expected,
                "{characters} characters, {hidden} units, temperature {temperature}"
            );
        }
    }
}

#[test]
fn top_k_and_top_p_are_those_of_the_cpu() {
    let Some(device) = gpu() else { return };
    for (characters, hidden, layers) in [(2, 5, 1), (78, 40, 2), (333, 24, 1)] {
        let weights = weights(characters, hidden, layers);
        let mut blocks = BlockGenerator::new(&weights, &device).unwrap();
        for (top_k, top_p) in
            [(1, 1.0), (3, 1.0), (0, 0.5), (0, 0.0), (5, 0.9), (1000, 0.99), (characters, 1.0)]
        {
            let row = Request { top_k, top_p, ..row(&[1], 1.2, 11, 3) };
            let expected = expected(&weights, &row, 100);
            let found = written(&mut blocks, &[row], &[60, 40]);
            assert_eq!(found[0], expected, "{characters} characters, top-k {top_k}, top-p {top_p}");
        }
    }
}

#[test]
fn probabilities_are_drawn_from_as_on_the_cpu() {
    let Some(device) = gpu() else { return };
    for (characters, hidden, layers) in [(2, 5, 1), (78, 40, 2), (333, 24, 1)] {
        let weights = weights(characters, hidden, layers);
        let mut blocks = BlockGenerator::new(&weights, &device).unwrap();
        for (temperature, top_k, top_p) in
            [(0.0, 0, 1.0), (0.01, 0, 1.0), (0.05, 0, 1.0), (0.05, 3, 1.0), (0.03, 0, 0.7), (0.4, 9, 0.9)]
        {
            let row = Request { draw: Draw::Probabilities, top_k, top_p, ..row(&[1], temperature, 11, 3) };
            let expected = expected(&weights, &row, 100);
            let found = written(&mut blocks, &[row], &[60, 40]);
            assert_eq!(
                found[0], expected,
                "{characters} characters, {temperature}, top-k {top_k}, top-p {top_p}"
            );
        }
    }
}

#[test]
fn rows_write_beside_others_what_they_write_alone() {
    let Some(device) = gpu() else { return };
    for (hidden, layers) in [(40, 1), (24, 2)] {
        let weights = weights(78, hidden, layers);
        let mut blocks = BlockGenerator::new(&weights, &device).unwrap();
        for count in [1u32, 2, 5, 16, 17] {
            for filtered in [false, true] {
                let rows: Vec<Request> = (0..count)
                    .map(|n| {
                        let prompt: Vec<u32> = (0..1 + n * 3 % 7).map(|step| (step * n) % 78).collect();
                        let top_k = if filtered && n % 2 == 0 { 1 + n } else { 0 };
                        let top_p = if filtered && n % 3 == 0 { 0.8 } else { 1.0 };
                        let draw = if n % 5 == 4 { Draw::Probabilities } else { Draw::Logits };
                        Request { draw, top_k, top_p, ..row(&prompt, 0.3 * n as f32, 7 + n % 2, n) }
                    })
                    .collect();
                let found = written(&mut blocks, &rows, &[20, 31]);
                for (row, found) in rows.iter().zip(found) {
                    assert_eq!(found, expected(&weights, row, 51), "{count} rows, {hidden} units: {row:?}");
                }
            }
        }
    }
}

#[test]
fn refuses_what_is_too_large() {
    let Some(device) = gpu() else { return };
    let vocab = Vocab::from_characters("ab".chars()).unwrap();
    let weights = Weights::zeros(vocab, Card::default(), 2048, 8).unwrap();
    match BlockGenerator::new(&weights, &device) {
        Ok(_) => println!("this device reaches a gigabyte in one piece"),
        Err(error) => assert!(error.to_string().contains("write with the CPU generator"), "{error}"),
    }
}
