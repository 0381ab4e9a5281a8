//! The command line.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use model::Request;

use crate::{
    convert::ConvertCommand,
    corpus::{Corpus, CorpusArgs, Report},
    eval::evaluate,
    foreign::{ExportCommand, ImportCommand},
    publish::PublishCommand,
    run::{Run, RunOptions},
    sample::{load_weights, with_cast, write},
    settings::Settings,
    show::Show,
};

/// Teach a character LSTM to write scripts.
#[derive(Debug, Parser)]
#[command(name = "scriptorium", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the figures of a corpus and a first look at it
    Corpus(CorpusCommand),
    /// Train a model
    Train(Box<TrainCommand>),
    /// Measure how well a model predicts a text
    Eval(EvalCommand),
    /// Write a script
    Sample(SampleCommand),
    /// Write a weights file anew in another precision
    Convert(ConvertCommand),
    /// Make a weights file of a model that Keras, PyTorch or burn trained
    Import(ImportCommand),
    /// Write a model for another framework
    Export(ExportCommand),
    /// Put a model on the page: the site that is built afterwards has it
    Publish(PublishCommand),
}

#[derive(Debug, Args)]
struct CorpusCommand {
    #[command(flatten)]
    corpus: CorpusArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct TrainCommand {
    #[command(flatten)]
    settings: Settings,
    /// Settings from a TOML file, such as a run's config.toml; flags stand over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The run's folder [default: the next free one in runs/]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Go on with the training in a folder (or from a checkpoint), with its settings
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["config", "out"])]
    resume: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
    /// Print one JSON object a line for every event
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
}

#[derive(Debug, Args)]
struct EvalCommand {
    /// The weights file
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    #[command(flatten)]
    corpus: CorpusArgs,
    /// Share of the text to pass over
    #[arg(long, default_value_t = 0.7)]
    from: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct SampleCommand {
    /// The weights file
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// What the script begins with
    #[arg(long, default_value = "")]
    prompt: String,
    /// How daring: 0 is always the likeliest character; several give a sweep
    #[arg(long, num_args = 1.., value_delimiter = ',', default_value = "0.5", allow_negative_numbers = true)]
    temperature: Vec<f32>,
    /// Draw only from this many of the likeliest characters; 0 is all
    #[arg(long, default_value_t = 0)]
    top_k: u32,
    /// Draw only from the fewest likeliest characters whose probabilities together reach this share; 1 is all
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    top_p: f32,
    /// Characters to write
    #[arg(long, default_value_t = 500)]
    length: u64,
    /// Seed of the random stream
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Print the cast of characters above the script
    #[arg(long)]
    cast: bool,
}

/// Runs the command line.
///
/// # Errors
/// Every problem with a file or flag, in one sentence with the remedy.
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Corpus(command) => corpus(&command),
        Command::Train(command) => train(*command),
        Command::Eval(command) => eval(&command),
        Command::Sample(command) => sample(&command),
        Command::Convert(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Publish(command) => command.run(),
    }
}

fn corpus(command: &CorpusCommand) -> Result<()> {
    let report = Report::new(&Corpus::load(&command.corpus)?)?;
    if command.json {
        writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write!(io::stdout(), "{report}")?;
    }
    Ok(())
}

fn train(command: TrainCommand) -> Result<()> {
    let TrainCommand { settings, config, out, resume, quiet, json } = command;
    let stop = Arc::new(AtomicBool::new(false));
    let on_signal = stop.clone();
    ctrlc::set_handler(move || on_signal.store(true, Ordering::Relaxed))
        .context("cannot listen for Ctrl-C")?;
    let mut run = Run::new(&RunOptions { settings, config, out, resume })?;
    run.go(&mut Show::new(quiet, json), &stop)?;
    Ok(())
}

fn eval(command: &EvalCommand) -> Result<()> {
    let weights = load_weights(&command.weights)?;
    let corpus = Corpus::load(&command.corpus)?;
    let evaluation = evaluate(&weights, &corpus.text, command.from)?;
    if command.json {
        writeln!(io::stdout(), "{}", serde_json::to_string(&evaluation)?)?;
        return Ok(());
    }
    writeln!(io::stdout(), "nats per character  {:.4}", evaluation.nats_per_char)?;
    writeln!(io::stdout(), "bits per character  {:.4}", evaluation.bits_per_char)?;
    writeln!(io::stdout(), "perplexity          {:.3}", evaluation.perplexity)?;
    writeln!(io::stdout(), "characters          {}", evaluation.characters)?;
    writeln!(io::stdout(), "skipped             {}", evaluation.skipped)?;
    Ok(())
}

fn sample(command: &SampleCommand) -> Result<()> {
    let weights = load_weights(&command.weights)?;
    // All are checked before the first is written.
    let requests = command
        .temperature
        .iter()
        .map(|&t| {
            Request::new(&weights.vocab, &command.prompt, t, command.length, command.seed)?
                .with_top(command.top_k, command.top_p)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let sweep = requests.len() > 1;
    for (text, temperature) in write(&weights, requests).iter().zip(&command.temperature) {
        let script = format!("{}{text}", command.prompt);
        if sweep {
            writeln!(io::stdout(), "temperature {temperature}\n{} => {text}\n", command.prompt)?;
        } else if command.cast {
            writeln!(io::stdout(), "{}", with_cast(&script))?;
        } else {
            writeln!(io::stdout(), "{script}")?;
        }
    }
    Ok(())
}
