//! Loading: the model's weights, and the engine behind the page.

use std::rc::Rc;

use model::{Generator, Weights};
use web::{
    FromEngine, ToEngine,
    dom::{Result, notice, set_global, tell},
    words::{word, words},
};

use super::{App, Loaded};
use crate::{
    engine,
    engine::State,
    settings::{self, Choice},
    speed, support, view,
};

/// Most numbers of a model: file, weights and the generator's own order of them take three times 256 MB of the 4 GB that a
/// page can have at best.
const MOST_PARAMETERS: usize = 64 << 20;

impl App {
    /// Loads the chosen model; then writes with it, unless its link `is_of_other_weights`.
    pub(super) async fn load(self: &Rc<Self>, is_of_other_weights: bool) {
        view::status(&word("loading-model"));
        view::buttons(false, false, false);
        match self.try_load().await {
            // The visitor has chosen another one meanwhile, which is on its way.
            Ok(false) => {}
            Ok(true) if is_of_other_weights => {
                let title = self.chosen().map(|model| model.title).unwrap_or_default();
                self.complain(&words("weights-changed", &[("model", &title)]));
                view::status(&word("nothing-written"));
                self.show_buttons();
            }
            Ok(true) if settings::view() == "surprise" => {
                view::status("");
                self.show_buttons();
            }
            Ok(true) => self.generate(),
            Err(message) => {
                view::status(&word("no-model"));
                self.complain(&message);
            }
        }
    }

    /// Whether it is loaded, and not another one chosen meanwhile.
    async fn try_load(self: &Rc<Self>) -> Result<bool> {
        let model = self.chosen().ok_or_else(|| word("no-model"))?;
        let url = [("url", model.url.as_str())];
        let file = model.fetch().await?;
        let too_large = |numbers: f64| {
            let count = speed::grouped(numbers);
            let most = speed::grouped(MOST_PARAMETERS as f64);
            words("weights-large", &[("model", &model.title), ("count", &count), ("most", &most)])
        };
        if f64::from(file.length()) > 4.0 * MOST_PARAMETERS as f64 {
            return Err(too_large(f64::from(file.length()) / 4.0));
        }
        let bytes = file.to_vec();
        let weights = Weights::from_bytes(&bytes).map_err(|error| {
            words("weights-broken", &[("url", &model.url), ("error", &error.to_string())])
        })?;
        if weights.parameters() > MOST_PARAMETERS {
            return Err(too_large(weights.parameters() as f64));
        }
        if !model.sha256.is_empty() && Weights::content_hash(&bytes) != model.sha256 {
            return Err(words("weights-other", &url));
        }
        if self.chosen().is_none_or(|chosen| chosen.id != model.id) {
            return Ok(false);
        }
        let mut generator = Generator::new(&weights);
        let cpu_chars_per_second = speed::try_cpu(&mut generator);
        set_global("scriptoriumWeights", &file);
        let loaded = Loaded { model, file, weights, generator, cpu_chars_per_second };
        *self.loaded.borrow_mut() = Some(Rc::new(loaded));
        self.scribes.dismiss();
        self.call_scribes();
        tell("scriptorium-loaded");
        self.load_engine();
        Ok(true)
    }

    /// Looks for WebGPU and starts the engine behind the page.
    pub(super) async fn start_engine(self: &Rc<Self>) {
        match support::adapter().await {
            Ok(adapter) => *self.adapter.borrow_mut() = adapter,
            Err(reason) => return self.engine_absent(&reason),
        }
        let this = self.clone();
        match engine::spawn(move |message| this.hear(message)) {
            Ok(worker) => {
                *self.worker.borrow_mut() = Some(worker);
                view::engine_note(&word("engine-loading"), "loading");
            }
            Err(reason) => self.engine_absent(&reason),
        }
    }

    /// Gives the engine the model in use.
    fn load_engine(&self) {
        let (worker, loaded) = (self.worker.borrow(), self.loaded.borrow());
        let (Some(worker), Some(loaded)) = (worker.as_ref(), loaded.as_ref()) else { return };
        if matches!(*self.engine.borrow(), State::Absent(_)) {
            return;
        }
        *self.engine.borrow_mut() = State::Loading;
        self.loads.set(self.loads.get() + 1);
        let weights = loaded.file.clone();
        if let Err(message) = engine::post(worker, &ToEngine::Load { weights, bare: false }) {
            notice(&message);
        }
    }

    fn hear(self: &Rc<Self>, message: FromEngine) {
        self.silent_looks.set(0);
        match message {
            FromEngine::Fetching { bytes } => view::engine_progress(bytes, self.models.borrow().engine_bytes),
            FromEngine::Started => {
                view::engine_note(&word("engine-loading"), "loading");
                self.load_engine();
            }
            FromEngine::Ready { chars_per_second } => {
                self.loads.set(self.loads.get().saturating_sub(1));
                if self.loads.get() > 0 {
                    return;
                }
                *self.engine.borrow_mut() = State::Ready { chars_per_second };
                self.show_engines(chars_per_second);
                if self.waiting.take() {
                    self.generate();
                }
            }
            FromEngine::Block { job, texts } => self.append(job, 0, &texts),
            FromEngine::Done { job } => self.finish_part(job),
            FromEngine::Logits { .. } => {}
            FromEngine::Failed { message } => self.engine_failed(&message),
        }
    }

    /// Calls the scribes where there is something for them to do.
    pub(super) fn call_scribes(self: &Rc<Self>) {
        let loaded = self.loaded.borrow().clone();
        if let Some(loaded) = loaded.filter(|_| settings::view() == "sweep") {
            let this = self.clone();
            self.scribes.call(&loaded.file, false, move |scribe, message| match message {
                FromEngine::Block { job, texts } => this.append(job, scribe, &texts),
                FromEngine::Done { job } => this.finish_part(job),
                FromEngine::Failed { .. } => this.do_without_scribes(),
                _ => {}
            });
        }
    }

    fn show_engines(&self, webgpu: f64) {
        let cpu = self.loaded.borrow().as_ref().map_or(0.0, |loaded| loaded.cpu_chars_per_second);
        let places = [
            ("adapter", &*self.adapter.borrow()),
            ("webgpu", &speed::grouped(webgpu)),
            ("cpu", &speed::grouped(cpu)),
        ];
        view::engine_note(
            &words("engine-ready", &places.map(|(name, value)| (name, value.as_str()))),
            "ready",
        );
    }

    fn engine_absent(self: &Rc<Self>, reason: &str) {
        let sentence = words("engine-absent", &[("reason", reason)]);
        view::engine_note(&sentence, "absent");
        *self.engine.borrow_mut() = State::Absent(sentence);
        if self.waiting.take() {
            self.generate();
        }
    }

    /// The engine broke down: a script it was writing goes on with the CPU.
    pub(super) fn engine_failed(self: &Rc<Self>, message: &str) {
        if let Some(worker) = self.worker.borrow_mut().take() {
            worker.terminate();
        }
        self.engine_absent(message);
        self.leave_engine();
    }

    /// Whether the engine is to write, as the visitor chose; an error is a reason to wait for it.
    pub(super) fn engine_writes(&self, cpu_chars_per_second: f64) -> Result<bool> {
        match (settings::choice(), &*self.engine.borrow()) {
            (Choice::WebGpu, State::Loading) => Err(word("waiting-engine")),
            (Choice::WebGpu, State::Absent(reason)) => {
                notice(reason);
                Ok(false)
            }
            (Choice::WebGpu, State::Ready { .. }) => Ok(true),
            (Choice::Auto, State::Ready { chars_per_second }) => Ok(*chars_per_second > cpu_chars_per_second),
            _ => Ok(false),
        }
    }

    /// Tells the engine something, if it is there; says whether it is.
    pub(super) fn tell_engine(&self, message: &ToEngine) -> bool {
        self.worker.borrow().as_ref().is_some_and(|worker| engine::post(worker, message).is_ok())
    }
}
