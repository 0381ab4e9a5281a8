//! `cargo xtask bench`: one training step and one written character, in wall and CPU time.

use std::{hint::black_box, time::Instant};

use anyhow::Result;
use burn::tensor::Device;
use model::{Card, Generator, Request, Vocab, Weights, Writer};
use trainer::{
    batches::Epoch,
    checkpoint::{Checkpoint, Position, Source},
    corpus::{Corpus, CorpusArgs},
    init::keras_weights,
    recipe::{Recipe, RecipeName},
    train::Training,
};

const ROUNDS: usize = 7;
const STEPS: usize = 20;
const CHARACTERS: u32 = 20_000;

/// CPU seconds this process has used, in all threads (Linux; elsewhere not known).
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    // USER_HZ is 100 on every Linux.
    Some(ticks / 100.0)
}

/// Median wall and CPU seconds of a call, over some rounds.
fn measure(mut work: impl FnMut()) -> (f64, Option<f64>) {
    work();
    let mut walls = Vec::new();
    let cpu = cpu_seconds();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        walls.push(start.elapsed().as_secs_f64());
    }
    walls.sort_by(f64::total_cmp);
    let cpu = cpu_seconds().zip(cpu).map(|(after, before)| (after - before) / ROUNDS as f64);
    (walls[ROUNDS / 2], cpu)
}

fn main() -> Result<()> {
    let args = CorpusArgs { corpus: "shakespeare".to_owned(), ..CorpusArgs::default() };
    let corpus = Corpus::load(&args)?;
    let vocab = Vocab::from_text(&corpus.text)?;
    let weights = keras_weights(vocab, Card::default(), 128, 1, 1)?;
    training(&corpus, &weights)?;
    generation(&weights)?;
    Ok(())
}

/// Whole training steps at the notebook's shapes.
fn training(corpus: &Corpus, weights: &Weights) -> Result<()> {
    let checkpoint = Checkpoint {
        recipe: Recipe::new(RecipeName::Notebook),
        source: Source { corpus: corpus.name.clone(), series: None, episodes: None, sha256: String::new() },
        out: String::new(),
        position: Position::default(),
        weights: weights.clone(),
        optimizer_steps: 0,
        moments: Vec::new(),
        state: Vec::new(),
    };
    let mut training = Training::new(checkpoint, &corpus.text, &Device::flex())?;
    let ids = weights.vocab.encode(&corpus.text)?.into();
    let epoch = Epoch::in_order(&ids, 128);
    let mut next = 0;
    let (wall, cpu) = measure(|| {
        for _ in 0..STEPS {
            black_box(training.step(&epoch.batch(next % 1000), 1e-3).into_data());
            next += 1;
        }
    });
    let milliseconds = |seconds: f64| seconds * 1000.0 / STEPS as f64;
    let cpu = cpu.map_or_else(|| "unknown".to_owned(), |cpu| format!("{:.1} ms", milliseconds(cpu)));
    println!("training step, batch 128, time 20, hidden 128: {:.1} ms wall, {cpu} CPU", milliseconds(wall));
    Ok(())
}

/// The CPU generator, one row.
fn generation(weights: &Weights) -> Result<()> {
    let request = Request::new(&weights.vocab, "", 0.5, u64::from(CHARACTERS), 1)?;
    let (wall, cpu) = measure(|| {
        Writer::new(Generator::new(weights), request.clone()).for_each(|id| {
            black_box(id);
        });
    });
    let speed = |seconds: f64| f64::from(CHARACTERS) / seconds;
    let cpu = cpu.map_or_else(|| "unknown".to_owned(), |cpu| format!("{:.0}", speed(cpu)));
    println!("CPU generator, hidden 128: {:.0} characters a second, {cpu} a CPU second", speed(wall));
    Ok(())
}
