//! Our side's units of work: whole training steps, ours and those of burn's stock LSTM, the LSTM's kernels alone, and
//! the peak they are measured by.

use std::hint::black_box;

use anyhow::{Context, Result, bail};
use burn::{
    module::Module,
    nn::{Linear, LinearConfig, Lstm, LstmConfig},
    tensor::{Device, DeviceKind, Distribution, Int, Tensor, TensorData, activation::log_softmax},
};
use model::{Card, LstmState, Vocab, Weights, lstm_sequence};
use trainer::{
    batches::{Batch, Epoch},
    checkpoint::{Checkpoint, Source},
    corpus::Corpus,
    init::keras_weights,
    optimizer::KerasAdam,
    recipe::{Recipe, RecipeName},
    train::Training,
};

use super::{child::serve, text::corpus};

const BATCH: usize = 128;
const TIME: usize = 20;
const HIDDEN: usize = 128;
const RATE: f64 = 1e-3;
/// Side of the square matrices whose product shows the peak.
const PEAK: usize = 768;

/// Floating-point operations of the kernels' matrix products in one `KERNELS`: forward, and backward for the
/// state and for the weights.
pub(crate) const KERNELS_FLOP: f64 = (3 * 2 * TIME * BATCH * HIDDEN * 4 * HIDDEN) as f64;
/// Floating-point operations of one `PEAK_PRODUCT`.
pub(crate) const PEAK_FLOP: f64 = 2.0 * (PEAK * PEAK * PEAK) as f64;

/// The kinds of work, as the children are told them.
pub(crate) const OURS: &str = "ours";
pub(crate) const STOCK: &str = "stock";
pub(crate) const KERNELS: &str = "kernels";
pub(crate) const PEAK_PRODUCT: &str = "peak";

/// Does one kind of work whenever told to, on the CPU or on `gpu`.
pub(crate) fn child(kind: &str, gpu: bool) -> Result<()> {
    let device = if gpu { Device::wgpu(DeviceKind::DefaultDevice) } else { Device::flex() };
    match kind {
        OURS | STOCK => steps(kind, &device),
        KERNELS => kernels(&device),
        PEAK_PRODUCT => peak(&device),
        _ => bail!("no work is called '{kind}'"),
    }
}

fn steps(kind: &str, device: &Device) -> Result<()> {
    let corpus = corpus()?;
    let vocab = Vocab::from_text(&corpus.text)?;
    let ids = vocab.encode(&corpus.text)?.into();
    let epoch = Epoch::in_order(&ids, BATCH);
    // The last batch is a smaller one.
    let mut batches = (0..epoch.steps() - 1).cycle().map(|step| epoch.batch(step));
    if kind == STOCK {
        let mut stock = Stock::new(vocab.len(), device);
        return serve(|| {
            let loss = batches.next().map(|batch| stock.step(&batch, device).into_scalar::<f32>());
            black_box(loss);
        });
    }
    let weights = keras_weights(vocab, Card::default(), HIDDEN, 1, 1)?;
    let mut ours = training(&corpus, &weights, device)?;
    serve(|| {
        let loss = batches.next().map(|batch| ours.step(&batch, RATE).into_scalar::<f32>());
        black_box(loss);
    })
}

/// The fused operation alone, forward and backward.
fn kernels(device: &Device) -> Result<()> {
    let normal = Distribution::Normal(0.0, 0.1);
    let training = device.clone().autodiff();
    let table = Tensor::<2>::random([BATCH, 4 * HIDDEN], normal, &training);
    let recurrent = Tensor::<2>::random([HIDDEN, 4 * HIDDEN], normal, &training).require_grad();
    let zeros = Tensor::zeros([BATCH, HIDDEN], &training);
    let state = LstmState { hidden: zeros.clone(), cell: zeros };
    serve(|| {
        let projected = table.clone().unsqueeze::<3>().repeat(&[TIME, 1, 1]);
        let gradients = lstm_sequence(projected, recurrent.clone(), state.clone()).1.cell.sum().backward();
        black_box(recurrent.grad(&gradients));
    })
}

/// What the processor can do: a product of two large matrices, of `PEAK_FLOP`.
fn peak(device: &Device) -> Result<()> {
    let normal = Distribution::Normal(0.0, 0.1);
    let [left, right] = [(); 2].map(|()| Tensor::<2>::random([PEAK, PEAK], normal, device));
    serve(|| {
        black_box(left.clone().matmul(right.clone()));
    })
}

fn training(corpus: &Corpus, weights: &Weights, device: &Device) -> Result<Training> {
    let source = Source { corpus: corpus.name.clone(), series: None, episodes: None, sha256: String::new() };
    let recipe = Recipe::new(RecipeName::Notebook);
    let checkpoint = Checkpoint::new(recipe, source, String::new(), weights.clone());
    Training::new(checkpoint, &corpus.text, device).context("the notebook's recipe")
}

/// The same network from burn's own parts, fed one-hot as the notebook does.
#[derive(Module, Debug)]
struct StockModel {
    lstm: Lstm,
    dense: Linear,
}

struct Stock {
    model: StockModel,
    optimizer: KerasAdam,
    vocab: usize,
}

impl Stock {
    fn new(vocab: usize, device: &Device) -> Self {
        let device = device.clone().autodiff();
        let model = StockModel {
            lstm: LstmConfig::new(vocab, HIDDEN, true).init(&device),
            dense: LinearConfig::new(HIDDEN, vocab).init(&device),
        };
        Self { model, optimizer: KerasAdam::default(), vocab }
    }

    fn step(&mut self, batch: &Batch, device: &Device) -> Tensor<1> {
        let device = device.clone().autodiff();
        let Batch { rows, time, .. } = *batch;
        let mut one_hot = vec![0.0f32; rows * time * self.vocab];
        for (at, &id) in batch.inputs.iter().enumerate() {
            let (step, row) = (at / rows, at % rows);
            one_hot[(row * time + step) * self.vocab + id as usize] = 1.0;
        }
        let inputs = TensorData::new(one_hot, [rows, time, self.vocab]);
        let (hidden, _) = self.model.lstm.forward(Tensor::<3>::from_data(inputs, &device), None);
        let last = hidden.narrow(1, time - 1, 1).reshape([rows, HIDDEN]);
        let logits = self.model.dense.forward(last);
        let targets = TensorData::new(batch.targets.clone(), [rows, 1]);
        let targets = Tensor::<2, Int>::from_data(targets, &device);
        let loss = log_softmax(logits, 1).gather(1, targets).mean().neg();
        let gradients = loss.backward();
        self.model = self.optimizer.step(RATE, None, self.model.clone(), &gradients);
        loss.inner()
    }
}
