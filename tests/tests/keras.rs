//! Parity with Keras: the numbers in fixtures/keras_reference.json were printed by Keras itself
//! (fixtures/keras_reference.py makes them again).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use burn::tensor::{Device, Int, Tensor, TensorData, read_sync};
use model::{Card, CharLstm, Masks, Vocab, Weights, uniform};
use serde::Deserialize;
use trainer::corpus::{Corpus, CorpusArgs};
use training::{Checkpoint, Epoch, Ids, Recipe, RecipeName, Source, Training};

#[derive(Deserialize)]
struct Reference {
    corpus_sha256: String,
    logits: Vec<Vec<f32>>,
    losses: Vec<f32>,
    logits_after_training: Vec<Vec<f32>>,
}

/// The initial weights that the Python script makes: the random stream within Glorot's limits.
fn initial_weights(vocab: Vocab) -> Weights {
    let mut weights = Weights::zeros(vocab, Card::default(), 128, 1).unwrap();
    let fill = |values: &mut [f32], row: u32, rows: usize| {
        let columns = values.len() / rows;
        let limit = (6.0 / (rows + columns) as f32).sqrt();
        for (value, step) in values.iter_mut().zip(0u32..) {
            *value = (uniform(9, row, step) * 2.0 - 1.0) * limit;
        }
    };
    let layer = &mut weights.layers[0];
    fill(&mut layer.kernel, 0, layer.input);
    fill(&mut layer.recurrent, 1, layer.hidden);
    layer.bias[128..256].fill(1.0);
    fill(&mut weights.dense.kernel, 2, 128);
    weights
}

fn logits(weights: &Weights, epoch: &Epoch) -> Vec<f32> {
    let device = Device::flex();
    let batch = epoch.batch(0);
    let network = CharLstm::new(weights, &device);
    let data = TensorData::new(batch.inputs.clone(), [batch.time, batch.rows]);
    let ids = Tensor::<2, Int>::from_data(data, &device).slice([0..20, 0..4]);
    let (hidden, _) = network.hidden(ids, network.zero_state(4), &Masks::default(), 20);
    network.logits(hidden.narrow(0, 19, 1).reshape([4, 128])).into_data().iter::<f32>().collect()
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (at, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() < tolerance, "number {at}: {a} against Keras's {b}");
    }
}

#[test]
fn logits_and_a_hundred_losses_are_kerass() {
    let reference: Reference =
        serde_json::from_str(include_str!("../fixtures/keras_reference.json")).unwrap();
    let corpus = Corpus::load(&CorpusArgs::default()).unwrap();
    assert_eq!(corpus.sha256(), reference.corpus_sha256);
    let vocab = Vocab::from_text(&corpus.text).unwrap();
    let ids = Ids::encode(&vocab, &corpus.text);
    let epoch = Epoch::in_order(&ids, 128);

    let weights = initial_weights(vocab);
    assert_close(&logits(&weights, &epoch), &reference.logits.concat(), 1e-4);

    let checkpoint = Checkpoint::new(Recipe::new(RecipeName::Notebook), Source::default(), weights);
    let mut training = Training::new(checkpoint, &ids, &Device::flex()).unwrap();
    let losses: Vec<f32> = (0..reference.losses.len())
        .map(|step| training.step(&epoch.batch(step), 1e-3).into_scalar::<f32>())
        .collect();
    assert_close(&losses, &reference.losses, 1e-3);
    let trained = read_sync(training.checkpoint()).unwrap().weights;
    assert_close(&logits(&trained, &epoch), &reference.logits_after_training.concat(), 1e-2);
}
