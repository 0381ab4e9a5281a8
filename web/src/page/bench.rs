//! The measuring page, `bench.html?engine=cpu|webgpu&rows=1&weights=URL`.
//!
//! It sets `window.bench(n) → {charsPerSecond}` (n characters in all rows together), `window.check(ids) →
//! {logits}`, `window.firstCharMs`, and `window.peerError` if something failed. `weights` is a weights file
//! of ours, or the name of one that the visitor brought, or, ending in `.f32`, bare numbers of an LSTM(128) over 78 characters: kernel, recurrent, bias,
//! dense kernel, dense bias.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, Object, Promise, Uint8Array, Uint32Array};
use model::{Draw, Generator, Request, Rows, Sampling, Weights};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web::{
    dom::{Result, body, now, set_global, set_property},
    fetch, link,
    messages::{Engine, FromEngine, Job, ToEngine},
    own, read_weights, task,
    turn::give_turn,
    worker::Remote,
};

use crate::{
    engine::failure,
    sweep_workers::{Event, SweepWorkers},
};

/// The temperature at which all are measured.
const TEMPERATURE: f32 = 0.5;
const SEED: u32 = 1;

struct Bench {
    weights: Weights,
    generator: Generator,
    rows: u32,
    engine: Option<AskedEngine>,
    sweep_workers: SweepWorkers,
    open: Rc<Open>,
    jobs: Cell<u32>,
}

/// Sweep workers that are still at it, and what to call when none is.
#[derive(Default)]
struct Open {
    count: Cell<usize>,
    resolve: RefCell<Option<js_sys::Function>>,
}

/// The engine, one question at a time.
struct AskedEngine {
    remote: Remote<Engine>,
    jobs: Cell<u32>,
    /// Whom the engine's next final answer is for.
    answer: Rc<RefCell<Option<js_sys::Function>>>,
}

/// Whether this page is the one for measuring.
pub(crate) fn is_here() -> bool {
    body().is_ok_and(|body| body.has_attribute("data-bench"))
}

/// Reports to whoever drives the page that something failed.
pub(crate) fn report(message: &str) {
    set_global("peerError", &JsValue::from_str(message));
}

/// Loads what the URL names and sets the functions up.
pub(crate) fn start() -> Result<()> {
    task::spawn(prepare(), report);
    Ok(())
}

async fn prepare() -> Result<()> {
    let parameters = link::parameters()?;
    let rows = match parameters.get("rows") {
        None => 1,
        Some(text) => text
            .parse()
            .ok()
            .filter(|rows| (1..=256).contains(rows))
            .ok_or("rows cannot be used; give a number from 1 to 256")?,
    };
    let url = parameters.get("weights").unwrap_or_else(|| "weights/shakespeare.safetensors".to_owned());
    let own = match own::is_own(&url) {
        true => own::all().await?.into_iter().find(|own| own.id == url),
        false => None,
    };
    let bytes = match own {
        Some(own) => own.file().await?,
        None => fetch::bytes(&url).await?,
    };
    let bare = url.ends_with(".f32");
    let weights = read_weights(&bytes.to_vec(), bare)?;
    let engine = match parameters.get("engine").as_deref() {
        None | Some("cpu") => None,
        Some("webgpu") => Some(AskedEngine::start(bytes.clone(), bare).await?),
        Some(_) => return Err("engine cannot be used; give cpu or webgpu".to_owned()),
    };
    let generator = Generator::new(&weights);
    let (sweep_workers, open) = (SweepWorkers::default(), Rc::<Open>::default());
    if rows > 1 && engine.is_none() {
        let open = open.clone();
        sweep_workers.start(&bytes, bare, move |_, event| {
            if let Event::Done { .. } = event {
                open.count.set(open.count.get() - 1);
                if open.count.get() == 0 {
                    call(open.resolve.take(), &JsValue::NULL);
                }
            }
        });
        // As a sweep, whose workers are started when its view is opened.
        while sweep_workers.ready() == 0 && now() < 10_000.0 {
            give_turn().await;
        }
    }
    let jobs = Cell::default();
    let bench = Rc::new(Bench { weights, generator, rows, engine, sweep_workers, open, jobs });
    bench.write(1).await?;
    set_global("firstCharMs", &JsValue::from_f64(now()));
    let this = bench.clone();
    set_function("check", move |ids| {
        let this = this.clone();
        future_to_promise(async move { this.check(ids).await.map_err(|e| JsError::new(&e).into()) })
    });
    set_function("bench", move |count| {
        let this = bench.clone();
        future_to_promise(async move {
            let count = count.as_f64().unwrap_or(1.0).max(1.0) as u32;
            let seconds = this.write(count).await.map_err(|e| JsError::new(&e))?;
            Ok(object("charsPerSecond", &JsValue::from_f64(f64::from(count) / seconds)))
        })
    });
    Ok(())
}

impl Bench {
    /// Writes `count` characters in all rows together and returns the seconds it took.
    async fn write(&self, count: u32) -> Result<f64> {
        let length = count.div_ceil(self.rows);
        let sampling = Sampling { draw: Draw::Logits, temperature: TEMPERATURE, top_k: 0, top_p: 1.0 };
        let request = Request::of_checked(&self.weights.vocab, "", sampling, length, SEED)
            .map_err(|error| error.to_string())?;
        let requests = (0..self.rows).map(|row| request.clone().in_row(row)).collect();
        let start = now();
        match &self.engine {
            None => self.write_on_cpu(requests).await,
            Some(engine) => engine.write(requests).await?,
        }
        Ok((now() - start).max(0.001) / 1000.0)
    }

    /// Divides the rows between the sweep workers and the page, as a sweep does.
    async fn write_on_cpu(&self, requests: Vec<Request>) {
        let workers = self.sweep_workers.ready().min(requests.len() - 1);
        let part = |part| requests.iter().skip(part).step_by(workers + 1).cloned().collect();
        let job = self.jobs.get() + 1;
        self.jobs.set(job);
        self.open.count.set(workers);
        let done = Promise::new(&mut |resolve, _| {
            self.open.resolve.replace(Some(resolve));
        });
        for worker in 0..workers {
            self.sweep_workers.generate(worker, job, part(worker));
        }
        let mut rows = Rows::new(&self.generator, part(workers));
        while rows.step().is_some() {}
        if workers > 0 {
            // The promise is never rejected.
            let _ = JsFuture::from(done).await;
        }
    }

    async fn check(&self, ids: JsValue) -> std::result::Result<JsValue, String> {
        let ids = Uint32Array::new(&ids).to_vec();
        let logits = match &self.engine {
            None => self.generator.clone().read(&ids).to_vec(),
            Some(engine) => engine.check(ids).await?,
        };
        let logits: Array = logits.iter().map(|&logit| JsValue::from_f64(f64::from(logit))).collect();
        Ok(object("logits", &logits))
    }
}

impl AskedEngine {
    async fn start(weights: Uint8Array, bare: bool) -> Result<Self> {
        crate::support::adapter().await?;
        let answer: Rc<RefCell<Option<js_sys::Function>>> = Rc::default();
        let asked = answer.clone();
        let remote = Remote::start(move |_, message| match message.unwrap_or_else(failure) {
            FromEngine::Block { .. } | FromEngine::Fetching { .. } => {}
            FromEngine::Failed { message } => report(&message),
            FromEngine::Started | FromEngine::Ready { .. } | FromEngine::Done { .. } => {
                call(asked.take(), &JsValue::NULL);
            }
            FromEngine::Logits { logits } => {
                call(asked.take(), &js_sys::Float32Array::from(logits.as_slice()));
            }
        })?;
        let engine = Self { remote, jobs: Cell::new(0), answer };
        engine.answered().await?;
        engine.remote.send(&ToEngine::Load { weights, bare })?;
        engine.answered().await?;
        Ok(engine)
    }

    async fn write(&self, requests: Vec<Request>) -> Result<()> {
        let job = self.jobs.get() + 1;
        self.jobs.set(job);
        self.remote.send(&ToEngine::Generate(Job::new(job, requests)))?;
        self.answered().await.map(drop)
    }

    async fn check(&self, ids: Vec<u32>) -> Result<Vec<f32>> {
        self.remote.send(&ToEngine::Check { ids })?;
        Ok(js_sys::Float32Array::new(&self.answered().await?).to_vec())
    }

    /// The engine's next final answer.
    async fn answered(&self) -> Result<JsValue> {
        let promise = Promise::new(&mut |resolve, _| {
            self.answer.replace(Some(resolve));
        });
        JsFuture::from(promise).await.map_err(|_| "The engine did not answer.".to_owned())
    }
}

fn call(function: Option<js_sys::Function>, value: &JsValue) {
    if let Some(function) = function {
        // A promise's resolver does not fail.
        let _ = function.call1(&JsValue::NULL, value);
    }
}

fn set_function(name: &str, function: impl FnMut(JsValue) -> Promise + 'static) {
    let closure = Closure::<dyn FnMut(JsValue) -> Promise>::new(function);
    set_global(name, closure.as_ref().unchecked_ref());
    closure.forget();
}

fn object(name: &str, value: &JsValue) -> JsValue {
    let object = Object::new();
    set_property(&object, name, value);
    object.into()
}
