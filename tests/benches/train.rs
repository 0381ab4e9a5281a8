//! `cargo xtask bench train`: whole training steps (forward, backward, Adam) at the notebook's shapes, batch 128,
//! time 20, hidden 128, alternately with burn's stock LSTM, and the LSTM's kernels beside the cores'
//! measured peak. With `--gpu` the same on wgpu.

mod clock;
mod peak;

use std::{env, hint::black_box, process::Command};

use anyhow::{Context, Result};
use burn::{
    module::{Module, Param},
    nn::{Linear, LinearConfig, Lstm, LstmConfig},
    tensor::{Device, DeviceKind, Distribution, Int, Tensor, TensorData, activation::log_softmax},
};
use clock::{Contender, alternate};
use model::{Card, LstmLayer, LstmState, Vocab, Weights};
use trainer::{
    batches::{Batch, Epoch},
    checkpoint::{Checkpoint, Source},
    corpus::{Corpus, CorpusArgs},
    ids::Ids,
    init::keras_weights,
    optimizer::KerasAdam,
    recipe::{Recipe, RecipeName},
    train::Training,
};

const BATCH: usize = 128;
const TIME: usize = 20;
const HIDDEN: usize = 128;
/// Characters of the kernels' table.
const CHARACTERS: usize = 65;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let gpu = env::args().any(|argument| argument == "--gpu");
    if env::var_os("RAYON_NUM_THREADS").is_some() {
        return measure(gpu);
    }
    // The number of threads is a process's: one for each.
    for threads in ["1", "2"] {
        println!("{threads} thread(s)");
        let mut child = Command::new(env::current_exe()?);
        child.env("RAYON_NUM_THREADS", threads).args(gpu.then_some("--gpu"));
        anyhow::ensure!(child.status()?.success(), "the measurement with {threads} thread(s) failed");
        if gpu {
            break;
        }
    }
    Ok(())
}

fn measure(gpu: bool) -> Result<()> {
    let device = if gpu { Device::wgpu(DeviceKind::DefaultDevice) } else { Device::flex() };
    let corpus = Corpus::load(&CorpusArgs::default())?;
    let vocab = Vocab::from_text(&corpus.text)?;
    let ids = Ids::encode(&vocab, &corpus.text);
    let epoch = Epoch::in_order(&ids, BATCH);
    let weights = keras_weights(vocab, Card::default(), HIDDEN, 1, 1)?;
    let mut ours = training(&ids, &weights, &device)?;
    let mut stock = Stock::new(weights.vocab.len(), &device);
    let (mut our_step, mut stock_step) = (0, 0);
    let (rounds, steps) = if gpu { (3, 1) } else { (9, 10) };
    let results = alternate(
        rounds,
        steps,
        &mut [
            Contender::new("Scriptorium, training step", || {
                black_box(ours.step(&epoch.batch(our_step), 1e-3).into_scalar::<f32>());
                our_step += 1;
            }),
            Contender::new("burn's nn::Lstm, training step", || {
                black_box(stock.step(&epoch.batch(stock_step), &device).into_scalar::<f32>());
                stock_step += 1;
            }),
        ],
    );
    println!("  burn's nn::Lstm takes {:.2} times the wall time", results[1].wall / results[0].wall);
    kernels(&device, if gpu { (3, 1) } else { (15, 5) });
    Ok(())
}

/// The fused operation alone, forward and backward, as a share of what the cores can do.
fn kernels(device: &Device, (rounds, times): (usize, usize)) {
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
    let run = || layer.read(ids.clone(), state.clone(), None);
    let threads =
        std::env::var("RAYON_NUM_THREADS").ok().and_then(|threads| threads.parse().ok()).unwrap_or(1);
    // A device works on while we go on: each time ends when it has.
    let wait = || device.sync().unwrap_or_else(|error| println!("  the device failed: {error:?}"));
    let results = alternate(
        rounds,
        times,
        &mut [
            Contender::new("fused LSTM, forward", || {
                black_box(run());
                wait();
            }),
            Contender::new("fused LSTM, forward and backward", || {
                let gradients = run().1.cell.sum().backward();
                black_box(layer.recurrent.val().grad(&gradients));
                wait();
            }),
            Contender::new("multiply-adds in registers", || peak::run_on(threads)),
        ],
    );
    let kernel = (3 * 2 * TIME * BATCH * HIDDEN * 4 * HIDDEN) as f64 / results[1].wall;
    let peak = threads as f64 * peak::FLOP / results[2].wall;
    println!(
        "  {:.1} of {:.1} GFLOP/s: {:.0} % of the peak",
        kernel / 1e9,
        peak / 1e9,
        100.0 * kernel / peak
    );
}

fn training(ids: &Ids, weights: &Weights, device: &Device) -> Result<Training> {
    let source = Source { args: CorpusArgs::default(), sha256: String::new() };
    let checkpoint = Checkpoint::new(Recipe::new(RecipeName::Notebook), source, weights.clone());
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
        self.model = self.optimizer.step(1e-3, None, 0.0, self.model.clone(), &gradients);
        loss.inner()
    }
}
