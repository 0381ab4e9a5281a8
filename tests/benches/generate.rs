//! `cargo xtask bench generate`: characters a second of both engines, natively and in a real browser, beside what the
//! processor's arithmetic would allow.
//!
//! A character of an LSTM takes `4·units² + units·vocab` multiply-adds (its input is a row that is picked). The limit is
//! what one core does of them when it does nothing else: natively fused and as wide as it can, in a browser's CPU engine
//! four at a time, multiplication and addition apart. The WebGPU engine is measured on the browser's software adapter, so
//! its limit is that of all cores, fused and wide.

mod clock;
mod peak;

use std::{hint::black_box, thread};

use anyhow::{Context, Result};
use clock::{Contender, alternate};
use model::{Card, Generator, Request, Rows, Vocab, Weights};
use tests::{
    Browser, Page, Replaced, Server, Webgpu,
    hooks::{BENCH_SETTLED, bench_speed},
    root,
};
use trainer::corpus::{Corpus, CorpusArgs};
use training::keras_weights;

const ROUNDS: usize = 7;
/// Characters that a native contender writes in a round, in all its rows together.
const CHARACTERS: u32 = 20_000;
/// How long a round in the browser is to take, in seconds.
const BROWSER_SECONDS: f64 = 0.5;
/// What is measured in the browser: engine, rows, the limit that it has.
const IN_BROWSER: [(&str, u32, Limit); 4] = [
    ("cpu", 1, Limit::OneNarrow),
    ("cpu", 5, Limit::OneNarrow),
    ("webgpu", 1, Limit::AllWide),
    ("webgpu", 16, Limit::AllWide),
];

#[derive(Clone, Copy)]
enum Limit {
    OneNarrow,
    AllWide,
}

/// Multiply-adds a second.
struct Peaks {
    wide: f64,
    narrow: f64,
}

fn main() -> Result<()> {
    let peaks = native()?;
    if let Err(error) = browser(&peaks) {
        println!("  nothing in the browser: {error:#}");
    }
    Ok(())
}

/// Multiply-adds of a character.
fn multiply_adds(weights: &Weights) -> f64 {
    let units = weights.hidden() as f64;
    let layers = weights.layers.len() as f64;
    // A later layer multiplies its input too.
    4.0 * units * units * (2.0 * layers - 1.0) + units * weights.vocab.len() as f64
}

fn say(name: &str, speed: f64, limit: f64) {
    println!(
        "  {name}: {speed:.0} characters a second, {:.0} % of the limit of {limit:.0}",
        100.0 * speed / limit
    );
}

fn native() -> Result<Peaks> {
    let vocab = Vocab::from_text(&Corpus::load(&CorpusArgs::default())?.text)?;
    let cases = [(128, 1), (128, 5), (256, 1), (512, 1)];
    let weights = cases.map(|(units, _)| keras_weights(vocab.clone(), Card::default(), units, 1, 1));
    let weights: Vec<Weights> = weights.into_iter().collect::<Result<_, _>>()?;
    let names = cases.map(|(units, rows)| format!("natively, {units} units, {rows} row(s)"));
    let mut contenders = vec![
        Contender::new("the peak, wide", peak::run),
        Contender::new("the peak, narrow", peak::run_narrow),
    ];
    for ((weights, name), (_, rows)) in weights.iter().zip(&names).zip(cases) {
        let request = Request::new(&weights.vocab, "", 0.5, u64::from(CHARACTERS / rows), 1)?;
        contenders.push(Contender::new(name, move || {
            let generator = Generator::new(weights);
            let requests = (0..rows).map(|row| request.clone().in_row(row)).collect();
            let mut rows = Rows::new(&generator, requests);
            while let Some(written) = rows.step() {
                black_box(written);
            }
        }));
    }
    let results = alternate(ROUNDS, 1, &mut contenders);
    // Two operations are one multiply-add.
    let rate = |at: usize| peak::FLOP / 2.0 / results[at].wall;
    let peaks = Peaks { wide: rate(0), narrow: rate(1) };
    for ((weights, name), result) in weights.iter().zip(&names).zip(&results[2..]) {
        say(name, f64::from(CHARACTERS) / result.wall, peaks.wide / multiply_adds(weights));
    }
    Ok(peaks)
}

/// The built site's measuring page, in turns.
fn browser(peaks: &Peaks) -> Result<()> {
    let file = root().join("weights/notebook.safetensors");
    let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let of_a_character = multiply_adds(&Weights::from_bytes(&bytes)?);
    let server = Server::start(&root().join("dist"), "/", Replaced::default())?;
    let browser = Browser::start(Webgpu::Software)?;
    let mut pages = Vec::new();
    for (engine, rows, _) in IN_BROWSER {
        let query = format!("bench.html?weights=weights/notebook.safetensors&engine={engine}&rows={rows}");
        let page = Page::open(&browser, &server.url(&query))?;
        page.wait(BENCH_SETTLED)?;
        // Once to warm up, once to know how much fits.
        write(&page, 200)?;
        let count = write(&page, 400)? * BROWSER_SECONDS;
        pages.push((page, count as u32, Vec::new()));
    }
    for _ in 0..ROUNDS {
        for (page, count, speeds) in &mut pages {
            speeds.push(write(page, *count)?);
        }
    }
    let cores = thread::available_parallelism().map_or(1, usize::from) as f64;
    for ((engine, rows, limit), (.., mut speeds)) in IN_BROWSER.into_iter().zip(pages) {
        speeds.sort_by(f64::total_cmp);
        let limit = match limit {
            Limit::OneNarrow => peaks.narrow,
            Limit::AllWide => peaks.wide * cores,
        };
        let name = format!("in the browser, 128 units, {engine}, {rows} row(s)");
        say(&name, speeds[ROUNDS / 2], limit / of_a_character);
    }
    Ok(())
}

/// Characters a second.
fn write(page: &Page, count: u32) -> Result<f64> {
    let speed = page.value(&bench_speed(count))?;
    speed.as_f64().context("the measuring page gave no speed")
}
