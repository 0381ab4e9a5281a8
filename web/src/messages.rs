//! The messages between the page and the engine (and the page's scribes, which speak as the engine does).
//!
//! A message is a JavaScript array: its name, then its fields, numbers in typed arrays. They are taken apart by hand: with
//! serde for it, the page was 12 KB larger (brotli), and each id a number of its own.

use js_sys::{Array, Float32Array, Uint8Array, Uint32Array};
use model::Request;
use wasm_bindgen::{JsCast, JsValue};

/// From the page to the engine.
#[derive(Debug)]
pub enum ToEngine {
    /// Use these weights from now on.
    Load {
        /// A weights file, or the numbers that [`read_weights`](crate::read_weights) takes for one.
        weights: Uint8Array,
        /// Whether they are those numbers.
        bare: bool,
    },
    /// Write a script.
    Generate(Job),
    /// Stop this job and all before it.
    Stop {
        /// The job's number.
        job: u32,
    },
    /// Read a text and give the logits after it.
    Check {
        /// The text's ids.
        ids: Vec<u32>,
    },
}

/// A script to write on the engine.
#[derive(Debug, Clone)]
pub struct Job {
    /// Number, rising with time.
    pub job: u32,
    /// What to write: rows side by side. For the engine equally much is written of all already, and wanted.
    pub rows: Vec<Request>,
}

/// From the engine to the page.
#[derive(Debug)]
pub enum FromEngine {
    /// The engine's program is on its way.
    Fetching {
        /// Bytes that are there.
        bytes: f64,
    },
    /// The engine's program runs and takes messages.
    Started,
    /// The weights are loaded and the kernels compiled.
    Ready {
        /// Speed of a warm block of one row.
        chars_per_second: f64,
    },
    /// A block was written.
    Block {
        /// The job's number.
        job: u32,
        /// The ids that were added to each row.
        texts: Vec<Vec<u32>>,
    },
    /// A job has ended: written whole, or stopped.
    Done {
        /// The job's number.
        job: u32,
    },
    /// The answer to `Check`.
    Logits {
        /// One a character of the vocabulary.
        logits: Vec<f32>,
    },
    /// The engine cannot go on.
    Failed {
        /// What happened, as a sentence.
        message: String,
    },
}

impl ToEngine {
    /// As it is posted.
    pub fn to_js(&self) -> JsValue {
        match self {
            Self::Load { weights, bare } => message("load", &[weights.into(), (*bare).into()]),
            Self::Generate(Job { job, rows }) => {
                let rows: Array = rows.iter().map(request_to_js).collect();
                message("generate", &[(*job).into(), rows.into()])
            }
            Self::Stop { job } => message("stop", &[(*job).into()]),
            Self::Check { ids } => message("check", &[Uint32Array::from(ids.as_slice()).into()]),
        }
    }

    /// What was posted; nothing where it is no message of ours.
    pub fn from_js(posted: JsValue) -> Option<Self> {
        let (name, fields) = taken_apart(posted)?;
        Some(match name.as_str() {
            "load" => Self::Load { weights: fields.get(1).dyn_into().ok()?, bare: fields.get(2).as_bool()? },
            "generate" => {
                let rows: Array = fields.get(2).dyn_into().ok()?;
                let rows = rows.iter().map(request_from_js).collect::<Option<Vec<Request>>>()?;
                Self::Generate(Job { job: whole(&fields, 1)?, rows })
            }
            "stop" => Self::Stop { job: whole(&fields, 1)? },
            "check" => Self::Check { ids: ids(fields.get(1))? },
            _ => return None,
        })
    }
}

impl FromEngine {
    /// As it is posted.
    pub fn to_js(&self) -> JsValue {
        match self {
            Self::Fetching { bytes } => message("fetching", &[(*bytes).into()]),
            Self::Started => message("started", &[]),
            Self::Ready { chars_per_second } => message("ready", &[(*chars_per_second).into()]),
            Self::Block { job, texts } => {
                let texts: Array = texts.iter().map(|text| Uint32Array::from(text.as_slice())).collect();
                message("block", &[(*job).into(), texts.into()])
            }
            Self::Done { job } => message("done", &[(*job).into()]),
            Self::Logits { logits } => message("logits", &[Float32Array::from(logits.as_slice()).into()]),
            Self::Failed { message: text } => message("failed", &[text.into()]),
        }
    }

    /// What was posted; nothing where it is no message of ours.
    pub fn from_js(posted: JsValue) -> Option<Self> {
        let (name, fields) = taken_apart(posted)?;
        Some(match name.as_str() {
            "fetching" => Self::Fetching { bytes: fields.get(1).as_f64()? },
            "started" => Self::Started,
            "ready" => Self::Ready { chars_per_second: fields.get(1).as_f64()? },
            "block" => {
                let texts: Array = fields.get(2).dyn_into().ok()?;
                Self::Block { job: whole(&fields, 1)?, texts: texts.iter().map(ids).collect::<Option<_>>()? }
            }
            "done" => Self::Done { job: whole(&fields, 1)? },
            "logits" => Self::Logits { logits: fields.get(1).dyn_into::<Float32Array>().ok()?.to_vec() },
            "failed" => Self::Failed { message: fields.get(1).as_string()? },
            _ => return None,
        })
    }
}

fn message(name: &str, fields: &[JsValue]) -> JsValue {
    let all = Array::of1(&name.into());
    for field in fields {
        all.push(field);
    }
    all.into()
}

fn taken_apart(posted: JsValue) -> Option<(String, Array)> {
    let fields: Array = posted.dyn_into().ok()?;
    Some((fields.get(0).as_string()?, fields))
}

fn whole(fields: &Array, at: u32) -> Option<u32> {
    fields.get(at).as_f64().map(|number| number as u32)
}

fn ids(posted: JsValue) -> Option<Vec<u32>> {
    Some(posted.dyn_into::<Uint32Array>().ok()?.to_vec())
}

fn request_to_js(request: &Request) -> Array {
    let Request { prompt, temperature, top_k, top_p, length, written, seed, row } = request;
    let fields = Array::of1(&Uint32Array::from(prompt.as_slice()));
    for number in [*temperature, *top_p] {
        fields.push(&number.into());
    }
    for number in [*top_k, *length, *written, *seed, *row] {
        fields.push(&number.into());
    }
    fields
}

fn request_from_js(posted: JsValue) -> Option<Request> {
    let fields: Array = posted.dyn_into().ok()?;
    let number = |at| fields.get(at).as_f64().map(|number| number as f32);
    Some(Request {
        prompt: ids(fields.get(0))?,
        temperature: number(1)?,
        top_p: number(2)?,
        top_k: whole(&fields, 3)?,
        length: whole(&fields, 4)?,
        written: whole(&fields, 5)?,
        seed: whole(&fields, 6)?,
        row: whole(&fields, 7)?,
    })
}
