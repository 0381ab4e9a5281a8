//! What the tab Train and the program that trains say to each other.

use js_sys::{Array, Float32Array, Uint8Array};
use serde::{Deserialize, Serialize};

use crate::worker::Program;

/// The program that trains: burn on Flex, on the CPU. Where WebGPU is faster, it has the same program for that train.
#[derive(Debug, Clone, Copy)]
pub struct Learner;

impl Program for Learner {
    type Request = ToLearner;
    type Reply = FromLearner;
    const SCRIPT: &'static str = "./start.js";
    const MODULE: Option<&'static str> = Some("learner");
}

/// From the tab to the program.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ToLearner {
    /// Read a text, which takes the place of the one before. Answered with `Text` or `Refused`.
    Read {
        /// Its files, in their order.
        files: Vec<TextFile>,
        /// What of it is wanted.
        choice: TextChoice,
    },
    /// Another choice from the same files. Answered as `Read`.
    Choose(TextChoice),
    /// Time a few steps of these settings. Answered with `Estimate` or `Refused`.
    Estimate(TrainSettings),
    /// Train on the text. Answered with `Begun` or `Refused`, then with what happens until `Ended` or `Failed`.
    Train {
        /// All settings; a checkpoint has its own.
        settings: TrainSettings,
        /// What it begins with.
        beginning: Beginning,
    },
    /// Take a few steps of such a training, which is not gone on with. Answered with `Tried` or `Refused`.
    Try {
        /// All settings; a checkpoint has its own.
        settings: TrainSettings,
        /// What it begins with.
        beginning: Beginning,
    },
    /// Use so much of the time, from now on, in this training and in those that begin later: 1 is all of it.
    Pace {
        /// A share above 0.
        share: f64,
    },
    /// Give the weights of now. Answered with `Weights`.
    Snapshot,
    /// Give a checkpoint of now. Answered with `Checkpoint`.
    Checkpoint,
    /// Take steps of a training that is made up, and time them; no training may run. Answered with `Benched` or `Failed`.
    Bench {
        /// The recipe, at its own shape.
        recipe: String,
        /// How many steps.
        steps: u32,
        /// With how many workers, at least one.
        workers: u32,
        /// Whether from new weights; else from where the last bench of this recipe ended.
        anew: bool,
    },
    /// Stop after this step. Answered with `Checkpoint`, `Weights` and `Ended`.
    Stop,
    /// From another worker of the same program: take part in its training.
    Join(Join),
}

/// What a worker has to know that takes part in a training.
#[derive(Debug, Serialize, Deserialize)]
pub struct Join {
    /// Which of the workers it is; the first is the one that asks.
    pub index: u32,
    /// The training.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub checkpoint: Uint8Array,
    /// The text.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub text: Uint8Array,
    /// A port to each of the workers in their order, `null` for itself.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub ports: Array,
}

/// A file of a text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TextFile {
    /// Its name; `.json` says that it is the notebook's.
    pub name: String,
    /// What is in it.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub bytes: Uint8Array,
}

/// What of a text is wanted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextChoice {
    /// The series of the notebook's JSON.
    pub series: Option<String>,
    /// Its episodes, as the command line takes them.
    pub episodes: Option<String>,
    /// What becomes of rare characters.
    pub rare: Rare,
}

/// What becomes of characters that stand in the text but a few times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rare {
    /// They stay.
    #[default]
    Keep,
    /// The nearest common character stands for each, where there is one; the others are left out.
    Fold,
    /// They are left out.
    Drop,
}

/// What a training begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Beginning {
    /// Nothing: new weights.
    Anew,
    /// A model, whose size stays.
    From {
        /// Its weights file.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        weights: Uint8Array,
        /// Whether its vocabulary takes up the text's new characters; if not, they are left out of the text.
        extend: bool,
    },
    /// A training at rest, on the same text.
    Checkpoint {
        /// The checkpoint.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        bytes: Uint8Array,
    },
}

/// All settings of a training; those of the recipe are `training::Recipe`'s, by the same names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "they stand in training::Recipe")]
pub struct TrainSettings {
    pub recipe: String,
    pub hidden: u32,
    pub layers: u32,
    pub batch: u32,
    pub time: u32,
    pub epochs: u32,
    pub learning_rate: f64,
    pub dropout: f64,
    pub recurrent_dropout: f64,
    pub weight_decay: f64,
    pub average: f64,
    pub patience: u32,
    pub split: f64,
    pub seed: u32,
    /// Ends the training after so many minutes of work; 0: never.
    pub minutes: f64,
    /// `auto`, `cpu` or `webgpu`.
    pub engine: String,
    /// Workers of the CPU; 0: as many as are faster.
    pub workers: u32,
    /// Seconds between two samples of the model's writing; 0: only after epochs.
    pub sample_secs: f64,
}

/// From the program to the tab.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FromLearner {
    /// The program runs and takes messages.
    Started,
    /// A text was read.
    Text(Box<TextFigures>),
    /// What was asked for cannot be done; all is as it was.
    Refused {
        /// The setting that it is about, `text` or `model`; or empty.
        field: String,
        /// Why, and what to do, as a sentence.
        message: String,
    },
    /// What a training would take.
    Estimate(Estimate),
    /// The training runs.
    Begun(Begun),
    /// Some steps are done.
    Step(Progress),
    /// An epoch is done.
    Epoch(Epoch),
    /// What the model writes by now.
    Sample(Sample),
    /// The weights as a file.
    Weights {
        /// A weights file, of the best epoch so far if `best`.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        file: Uint8Array,
        /// Whether they are the best epoch's, rather than of now.
        best: bool,
        /// Steps that led to them.
        steps: f64,
    },
    /// A training at rest, to be kept.
    Checkpoint {
        /// The checkpoint.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        bytes: Uint8Array,
        /// Steps that are in it.
        steps: f64,
    },
    /// What the steps of a bench took and came to.
    Benched {
        /// Milliseconds of all of them.
        milliseconds: f64,
        /// Characters learnt from in all of them.
        characters: f64,
        /// The loss of every step.
        losses: Vec<f32>,
    },
    /// What a few steps came to.
    Tried(Trial),
    /// The training is over.
    Ended {
        /// `finished`, `out_of_patience`, `out_of_time` or `stopped`.
        outcome: String,
    },
    /// The training cannot go on. The last checkpoint can.
    Failed {
        /// What happened and what to do, as a sentence.
        message: String,
    },
}

/// The figures of a text, as `scriptorium corpus` prints them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TextFigures {
    /// Its name, from its first file.
    pub name: String,
    /// sha256 of the text.
    pub sha256: String,
    /// Its length in characters.
    pub characters: f64,
    /// The distinct characters, sorted.
    pub vocabulary: String,
    /// Training windows of the notebook's recipe.
    pub windows: f64,
    /// Windows 10 to 14: each window's text and the character that follows it.
    pub examples: Vec<(String, String)>,
    /// The beginning of the text.
    pub first_look: String,
    /// Characters that are rare, and how often each stands in the text as it was brought.
    pub rare: Vec<(String, f64)>,
    /// How many characters of the text, as it was brought, have become others.
    pub folded: f64,
    /// How many characters of the text, as it was brought, are left out.
    pub left_out: f64,
    /// The series and episodes that a JSON file offers; empty for plain text.
    pub series: Vec<Series>,
    /// The text as it is trained on, to be kept beside checkpoints.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub text: Uint8Array,
}

/// A series of the notebook's JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// How many episodes it has.
    pub episodes: u32,
}

/// What a training would take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Parameters of the model.
    pub parameters: f64,
    /// Bytes of its file.
    pub bytes: f64,
    /// Steps of an epoch.
    pub steps: f64,
    /// Seconds of an epoch, validation included.
    pub epoch_secs: f64,
}

/// What a few steps of a training came to, to be laid beside those of another device.
#[derive(Debug, Serialize, Deserialize)]
pub struct Trial {
    /// Seconds of a step, once the device is warm.
    pub step_secs: f64,
    /// The mean loss of the first step, and that of the others.
    pub losses: [f64; 2],
    /// All weights after them.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub weights: Float32Array,
}

/// A training that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// Who trains, for people: `CPU, 2 workers`.
    pub engine: String,
    /// Parameters of the model.
    pub parameters: f64,
    /// Steps of an epoch.
    pub steps: f64,
    /// Epochs that are done already.
    pub epochs_done: u32,
    /// Its settings, which a checkpoint may have brought.
    pub settings: TrainSettings,
    /// The points of the curves so far, if it goes on.
    pub history: Vec<Epoch>,
}

/// How far an epoch has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Number of the epoch, from 1.
    pub epoch: u32,
    /// Its steps so far.
    pub step: f64,
    /// Mean loss of the epoch so far, nats a character.
    pub loss: f64,
    /// Mean loss of the last few steps.
    pub recent_loss: f64,
    /// Characters learnt from in a second.
    pub chars_per_second: f64,
    /// Seconds to the end of the last epoch, or of the minutes.
    pub left_secs: f64,
    /// How much of the validation is done, if that is what it is at.
    pub validated: Option<f64>,
}

/// What an epoch came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Its number, from 1.
    pub epoch: u32,
    /// Mean training loss, nats a character.
    pub loss: f64,
    /// Validation loss, nats a character.
    pub val_loss: f64,
    /// Whether that is the lowest so far.
    pub best: bool,
    /// Seconds the training has taken so far.
    pub secs: f64,
}

/// What the model writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Number of the epoch in which it was written, from 1.
    pub epoch: u32,
    /// Steps of all epochs before it was.
    pub steps: f64,
    /// The temperature.
    pub temperature: f32,
    /// The text.
    pub text: String,
}
