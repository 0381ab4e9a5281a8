//! Our side's units of work: complete training steps, ours and those of burn's stock LSTM, the LSTM's kernels alone, and
//! the peak they are measured by.

use std::hint::black_box;

use anyhow::{Context, Result, bail};
use burn::{
    module::{Module, Param},
    nn::{Linear, LinearConfig, Lstm, LstmConfig},
    tensor::{Device, DeviceKind, Distribution, Int, Tensor, TensorData, activation::log_softmax},
};
use model::{Card, LstmLayer, LstmState, Vocab, Weights};
use training::{
    Batch, Checkpoint, Epoch, Ids, KerasAdam, Recipe, RecipeName, Source, Training, keras_weights,
};

use super::{child::serve, text::corpus};
use crate::peak;

const BATCH: usize = 128;
const TIME: usize = 20;
const HIDDEN: usize = 128;
const RATE: f64 = 1e-3;
/// Characters that the kernels read.
const CHARACTERS: usize = 78;

/// Floating-point operations of the kernels' matrix products in one `KERNELS`: forward, and backward for the
/// state and for the weights.
pub(crate) const KERNELS_FLOP: f64 = (3 * 2 * TIME * BATCH * HIDDEN * 4 * HIDDEN) as f64;
/// The kinds of work, as a child's command line names them.
pub(crate) const OURS: &str = "ours";
pub(crate) const STOCK: &str = "stock";
pub(crate) const KERNELS: &str = "kernels";
pub(crate) const PEAK: &str = "peak";

/// Does one kind of work on request, on the CPU or on `gpu`.
pub(crate) fn child(kind: &str, gpu: bool) -> Result<()> {
    let device = if gpu { Device::wgpu(DeviceKind::DefaultDevice) } else { Device::flex() };
    match kind {
        OURS | STOCK => steps(kind, &device),
        KERNELS => kernels(&device),
        PEAK => serve(peak::run),
        _ => bail!("no work is called '{kind}'"),
    }
}

fn steps(kind: &str, device: &Device) -> Result<()> {
    let corpus = corpus()?;
    let vocab = Vocab::from_text(&corpus.text)?;
    let ids = Ids::encode(&vocab, &corpus.text);
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
    let mut ours = training(&ids, &weights, device)?;
    serve(|| {
        let loss = batches.next().map(|batch| ours.step(&batch, RATE).into_scalar::<f32>());
        black_box(loss);
    })
}

/// The fused operation alone, forward and backward.
fn kernels(device: &Device) -> Result<()> {
    let normal = Distribution::Normal(0.0, 0.1);
    let training = device.clone().autodiff();
    let random = |shape| Param::from_tensor(Tensor::<2>::random(shape, normal, &training));
    let layer = LstmLayer {
        kernel: random([CHARACTERS, 4 * HIDDEN]),
        recurrent: random([HIDDEN, 4 * HIDDEN]),
        bias: Param::from_tensor(Tensor::<1>::random([4 * HIDDEN], normal, &training)),
    };
    let ids: Vec<i32> = (0..(TIME * BATCH) as i32).map(|at| at * 7 % CHARACTERS as i32).collect();
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [TIME, BATCH]), &training);
    // Not zero, from which the first step would be cheaper.
    let [hidden, cell] = [(); 2].map(|()| Tensor::<2>::random([BATCH, HIDDEN], normal, &training));
    let state = LstmState { hidden: hidden.require_grad(), cell };
    serve(|| {
        let gradients = layer.read(ids.clone(), state.clone(), None, TIME).1.cell.sum().backward();
        black_box(layer.recurrent.val().grad(&gradients));
    })
}

fn training(ids: &Ids, weights: &Weights, device: &Device) -> Result<Training> {
    let checkpoint = Checkpoint::new(Recipe::new(RecipeName::Notebook), Source::default(), weights.clone());
    Training::new(checkpoint, ids, device).context("the notebook's recipe")
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
        self.model = self.optimizer.step(RATE, None, 0.0, self.model.clone(), &gradients);
        loss.inner()
    }
}
