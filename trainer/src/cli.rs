//! The command line.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use model::{Card, Request, Vocab};

use crate::{
    checkpoint::{Checkpoint, Source},
    convert::ConvertCommand,
    corpus::{Corpus, CorpusArgs, Report},
    device::{DeviceChoice, choose},
    eval::evaluate,
    init::keras_weights,
    recipe::{Recipe, RecipeName},
    sample::{load_weights, with_cast, write},
    train::{Outcome, Training, checkpoint_path},
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
    Train(TrainCommand),
    /// Measure how well a model predicts a text
    Eval(EvalCommand),
    /// Write a script
    Sample(SampleCommand),
    /// Write a weights file anew in another precision
    Convert(ConvertCommand),
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
    corpus: CorpusArgs,
    /// How to train
    #[arg(long, value_enum, default_value = "sequence")]
    recipe: RecipeName,
    /// Units of each layer
    #[arg(long)]
    hidden: Option<usize>,
    /// Number of layers
    #[arg(long)]
    layers: Option<usize>,
    /// Rows of a batch
    #[arg(long)]
    batch: Option<usize>,
    /// Characters of a row (sequence recipe)
    #[arg(long)]
    time: Option<usize>,
    /// Passes over the training text
    #[arg(long)]
    epochs: Option<usize>,
    /// Adam's learning rate
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Share of each layer's units that are silent in a step, against learning by heart
    #[arg(long)]
    dropout: Option<f64>,
    /// Share of the text to train on; the rest is for validation
    #[arg(long)]
    split: Option<f64>,
    /// Seed of the initial weights and of the order of the batches
    #[arg(long)]
    seed: Option<u64>,
    /// Where to train
    #[arg(long, value_enum, default_value = "auto")]
    device: DeviceChoice,
    /// The weights file to write; the checkpoint goes beside it
    #[arg(long, default_value = "runs/model.safetensors", value_name = "FILE")]
    out: PathBuf,
    /// Go on from a checkpoint, with its settings
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "corpus", "series", "episodes", "recipe", "hidden", "layers", "batch", "time", "epochs",
            "learning_rate", "dropout", "split", "seed", "out"
        ]
    )]
    resume: Option<PathBuf>,
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
        Command::Train(command) => train(command),
        Command::Eval(command) => eval(&command),
        Command::Sample(command) => sample(&command),
        Command::Convert(command) => command.run(),
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
    let (checkpoint, corpus) = match &command.resume {
        Some(path) => resume(path)?,
        None => begin(&command)?,
    };
    let out = PathBuf::from(&checkpoint.out);
    let (device, device_name) = choose(command.device)?;
    let recipe = &checkpoint.recipe;
    writeln!(
        io::stdout(),
        "{}: {} characters, {} distinct; {} parameters; {}",
        corpus.name,
        corpus.text.chars().count(),
        checkpoint.weights.vocab.len(),
        checkpoint.weights.parameters(),
        device_name
    )?;
    if checkpoint.position.epoch >= recipe.epochs {
        writeln!(
            io::stdout(),
            "all {} epochs are done; the weights are in {}",
            recipe.epochs,
            out.display()
        )?;
        return Ok(());
    }
    let mut training = Training::new(checkpoint, &corpus.text, &device)?;
    let stop = Arc::new(AtomicBool::new(false));
    let on_signal = stop.clone();
    ctrlc::set_handler(move || on_signal.store(true, std::sync::atomic::Ordering::Relaxed))
        .context("cannot listen for Ctrl-C")?;
    // Before the first step, so that an unwritable place does not cost a training.
    training.checkpoint()?.save(&training.checkpoint_path())?;
    match training.run(&stop)? {
        Outcome::Finished => writeln!(io::stdout(), "the weights are in {}", out.display())?,
        Outcome::Stopped => {
            let path = training.checkpoint_path();
            writeln!(io::stdout(), "stopped; go on with: scriptorium train --resume {}", path.display())?;
        }
    }
    Ok(())
}

/// A new training, not yet begun.
fn begin(command: &TrainCommand) -> Result<(Checkpoint, Corpus)> {
    let default = Recipe::new(command.recipe);
    let recipe = Recipe {
        hidden: command.hidden.unwrap_or(default.hidden),
        layers: command.layers.unwrap_or(default.layers),
        batch: command.batch.unwrap_or(default.batch),
        time: command.time.unwrap_or(default.time),
        epochs: command.epochs.unwrap_or(default.epochs),
        learning_rate: command.learning_rate.unwrap_or(default.learning_rate),
        dropout: command.dropout.unwrap_or(default.dropout),
        split: command.split.unwrap_or(default.split),
        seed: command.seed.unwrap_or(default.seed),
        ..default
    };
    recipe.check()?;
    let corpus = Corpus::load(&command.corpus)?;
    let vocab = Vocab::from_text(&corpus.text)
        .with_context(|| format!("the corpus {} cannot be used", command.corpus.corpus))?;
    let source = Source {
        corpus: command.corpus.corpus.clone(),
        series: command.corpus.series.clone(),
        episodes: command.corpus.episodes.clone(),
        sha256: corpus.sha256(),
    };
    let card = Card {
        corpus: corpus.name.clone(),
        corpus_sha256: source.sha256.clone(),
        recipe: recipe.describe(),
        ..Card::default()
    };
    let weights = keras_weights(vocab, card, recipe.hidden, recipe.layers, recipe.seed)?;
    if checkpoint_path(&command.out) == command.out {
        bail!("--out {} is the checkpoint's name; use another ending", command.out.display());
    }
    let out = command.out.to_string_lossy().into_owned();
    Ok((Checkpoint::new(recipe, source, out, weights), corpus))
}

fn resume(path: &std::path::Path) -> Result<(Checkpoint, Corpus)> {
    let mut checkpoint = Checkpoint::load(path)?;
    let Source { corpus, series, episodes, sha256 } = checkpoint.source.clone();
    let corpus = Corpus::load(&CorpusArgs { corpus, series, episodes })?;
    if corpus.sha256() != sha256 {
        bail!(
            "the corpus {} has changed since {} was written; bring the old text back or train anew",
            checkpoint.source.corpus,
            path.display()
        );
    }
    // A moved run folder stays together: the weights go beside the checkpoint.
    if let (Some(folder), Some(name)) = (path.parent(), PathBuf::from(&checkpoint.out).file_name()) {
        checkpoint.out = folder.join(name).to_string_lossy().into_owned();
    }
    Ok((checkpoint, corpus))
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
