//! `cargo xtask bench train-page`: training steps in the page, with one worker and with two, beside the command line's on
//! one thread, in turns: the same training, whose losses must be the same. Then the tab Train as a visitor has it: how
//! long after the button the first step comes, and the longest that the page is held up.

#[path = "clock/cpu.rs"]
mod cpu;
#[path = "clock/median.rs"]
mod median;

use std::{env, time::Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use burn::tensor::{Device, read_sync};
use cpu::cpu_seconds;
use median::median;
use tests::{
    Visit, Webgpu,
    hooks::{BENCH_ERROR, TRAIN_READY, TRAINING_BENCH_READY, training_bench},
};
use training::{Ids, Practice, RecipeName, Training};

/// Turns of every contender: enough for a median.
const ROUNDS: usize = 9;
/// Seconds that a turn should take: long against switching, short against the machine's moods.
const TURN_SECS: f64 = 1.5;
/// Steps before anything is measured, in which the browser compiles what is used much.
const WARM: u32 = 20;
/// How far apart the losses of the same step may be.
const MAX_APART: f64 = 1e-3;
/// Seconds that the tab is watched.
const WATCHED_SECS: u32 = 20;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    ensure!(
        env::var_os("RAYON_NUM_THREADS").is_some_and(|threads| threads == "1"),
        "the command line is measured on one thread; use `cargo xtask bench train-page`"
    );
    for name in RecipeName::ALL {
        shape(name)?;
    }
    tab()
}

/// What a step took, in seconds.
struct Step {
    wall: f64,
    /// In all processes of the browser, or all threads.
    cpu: Option<f64>,
}

/// Someone who trains.
struct Contender {
    name: &'static str,
    trainer: Trainer,
    steps: u32,
    /// Steps so far, and the loss of the last.
    at: u32,
    loss: f64,
    walls: Vec<f64>,
    cpus: Vec<f64>,
}

enum Trainer {
    Page(Visit, &'static str),
    Native(Box<Training>, RecipeName),
}

impl Contender {
    fn new(name: &'static str, trainer: Trainer) -> Result<Self> {
        let mut contender =
            Self { name, trainer, steps: WARM, at: 0, loss: 0.0, walls: Vec::new(), cpus: Vec::new() };
        let step = contender.go()?;
        contender.steps = (TURN_SECS / step.wall).clamp(2.0, 500.0) as u32;
        Ok(contender)
    }

    fn turn(&mut self) -> Result<()> {
        let step = self.go()?;
        self.walls.push(step.wall);
        self.cpus.extend(step.cpu);
        Ok(())
    }

    /// Takes its steps.
    fn go(&mut self) -> Result<Step> {
        let steps = f64::from(self.steps);
        self.at += self.steps;
        match &mut self.trainer {
            Trainer::Page(visit, recipe) => {
                let before = visit.cpu_seconds();
                let said: [f64; 2] = visit.value_as(&training_bench(self.steps, recipe))?;
                let cpu = visit.cpu_seconds().zip(before).map(|(after, before)| (after - before) / steps);
                self.loss = said[1];
                Ok(Step { wall: said[0] / 1000.0, cpu })
            }
            Trainer::Native(training, name) => {
                let (start, before) = (Instant::now(), cpu_seconds());
                for _ in 0..self.steps {
                    // As the page does.
                    if training.is_epoch_complete() {
                        **training = begin(*name)?;
                    }
                    let was = training.position().clone();
                    training.step_next();
                    read_sync(training.read_losses())?;
                    self.loss = training.position().mean_loss_since(&was);
                }
                let wall = start.elapsed().as_secs_f64() / steps;
                let cpu = cpu_seconds().zip(before).map(|(after, before)| (after - before) / steps);
                Ok(Step { wall, cpu })
            }
        }
    }

    /// The median step.
    fn median(&self) -> Step {
        Step { wall: median(&self.walls).unwrap_or(f64::NAN), cpu: median(&self.cpus) }
    }
}

/// A recipe at its own shape.
fn shape(name: RecipeName) -> Result<()> {
    println!("{}:", name.as_str());
    let mut contenders = vec![
        Contender::new("the page, one worker", page(name, 1)?)?,
        Contender::new("the page, two workers", page(name, 2)?)?,
        Contender::new("the command line, one thread", native(name)?)?,
    ];
    for _ in 0..ROUNDS {
        contenders.iter_mut().try_for_each(Contender::turn)?;
    }
    agree(name, &mut contenders)?;
    let steps: Vec<Step> = contenders.iter().map(Contender::median).collect();
    for (contender, Step { wall, cpu }) in contenders.iter().zip(&steps) {
        let cpu = cpu.map_or_else(|| "unknown".to_owned(), |cpu| format!("{:.1} ms", cpu * 1e3));
        println!("  {}: {:.1} ms wall a step (median), {cpu} CPU", contender.name, wall * 1e3);
    }
    let [one, two, native] = &steps[..] else { bail!("three were measured") };
    let cpu = one.cpu.zip(native.cpu).map_or(f64::NAN, |(page, native)| page / native);
    println!(
        "  one worker takes {:.2} times the command line's time (CPU {cpu:.2}); two are {:.2} times as fast as one",
        one.wall / native.wall,
        one.wall / two.wall
    );
    Ok(())
}

/// The losses of the same step, which all take by then.
fn agree(name: RecipeName, contenders: &mut [Contender]) -> Result<()> {
    let last = contenders.iter().map(|contender| contender.at).max().unwrap_or_default();
    for contender in contenders.iter_mut().filter(|contender| contender.at < last) {
        contender.steps = last - contender.at;
        contender.go()?;
    }
    let losses: Vec<f64> = contenders.iter().map(|contender| contender.loss).collect();
    let apart = losses.iter().map(|loss| (loss - losses[0]).abs()).fold(0.0, f64::max);
    ensure!(apart < MAX_APART, "{}: losses of step {last} are {apart} apart: {losses:?}", name.as_str());
    println!("  after {last} steps the losses are at most {apart:.1e} apart");
    Ok(())
}

/// The built site's measuring page.
fn page(name: RecipeName, workers: usize) -> Result<Trainer> {
    let address = format!("bench.html?train=1&workers={workers}");
    let visit = Visit::with(Webgpu::Missing).open(&address)?;
    visit.wait(TRAINING_BENCH_READY)?;
    ensure!(visit.value(BENCH_ERROR)?.is_null(), "the measuring page: {}", visit.value(BENCH_ERROR)?);
    Ok(Trainer::Page(visit, name.as_str()))
}

fn native(name: RecipeName) -> Result<Trainer> {
    Ok(Trainer::Native(Box::new(begin(name)?), name))
}

/// A training that has not begun.
fn begin(name: RecipeName) -> Result<Training> {
    let Practice { checkpoint, text } = Practice::new(name, 1).map_err(|error| anyhow!("{error}"))?;
    let ids = Ids::encode(&checkpoint.weights.vocab, &text);
    Ok(Training::new(checkpoint, &ids, &Device::flex())?)
}

/// Watches what holds the page up for more than 50 ms, which is what browsers call a long task.
const WATCH: &str = "window.held = [];
    new PerformanceObserver(list => held.push(...list.getEntries().map(e => e.duration))).observe({ type: 'longtask' });";

/// From the button to the first step, and what holds the page up.
fn tab() -> Result<()> {
    println!("the tab Train, recipe sequence as it is:");
    let address = "?model=notebook#view=train&minutes=10";
    let visit = Visit::with(Webgpu::Missing).before(WATCH).open(address)?;
    visit.wait(TRAIN_READY)?;
    let text = Practice::new(RecipeName::Sequence, 1).map_err(|error| anyhow!("{error}"))?.text;
    visit.write("#train-text", &text)?;
    visit.wait_for_text("#train-estimate", "An epoch has")?;
    let watched = format!(
        "(async () => {{
            const line = document.querySelector('#train-line');
            held.length = 0;
            const begun = performance.now();
            const first = new Promise(done => new MutationObserver(() => line.textContent && done(performance.now() - begun))
                .observe(line, {{ childList: true, characterData: true, subtree: true }}));
            document.querySelector('#train-begin').click();
            const after = await first;
            await new Promise(done => setTimeout(done, {WATCHED_SECS} * 1000));
            return [after, held.length, Math.max(0, ...held)];
        }})()"
    );
    let [first, count, longest]: [f64; 3] = visit.value_as(&watched).context("the tab did not train")?;
    println!("  the first step is told {:.2} s after the button", first / 1000.0);
    println!(
        "  in {WATCHED_SECS} s the page was held up {count} times for more than 50 ms, at most {longest:.0} ms"
    );
    Ok(())
}
