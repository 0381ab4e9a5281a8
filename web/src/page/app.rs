//! The page at work: loads a model, writes scripts, shows them.

mod run;
mod show;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use model::{Generator, Request, Weights};
use wasm_bindgen_futures::spawn_local;
use web::{FromEngine, Job, ToEngine};
use web_sys::{HtmlElement, HtmlSelectElement, HtmlTextAreaElement, Worker};

use self::run::Run;
use crate::{
    dom::{Result, by_id, document, notice, on, set_class},
    engine::{self, State},
    fetch,
    models::{MODELS, Model},
    settings::{self, Choice, Settings},
    speed, support,
};

/// The model in use.
struct Loaded {
    model: Model,
    /// The file's bytes, for the engine.
    file: Vec<u8>,
    weights: Weights,
    /// In its zero state; every script clones it.
    generator: Generator,
    cpu_chars_per_second: f64,
}

/// The page's state.
struct App {
    loaded: RefCell<Option<Rc<Loaded>>>,
    worker: RefCell<Option<Worker>>,
    engine: RefCell<State>,
    adapter: RefCell<String>,
    /// Loads the engine has not yet answered; only the last counts.
    loads: Cell<u32>,
    /// Whether to write as soon as the engine is ready.
    waiting: Cell<bool>,
    run: RefCell<Option<Run>>,
    jobs: Cell<u32>,
}

/// Sets the page up and begins the first script.
pub(crate) fn start() -> Result<()> {
    let parameters = settings::parameters()?;
    let root = document()?.document_element().ok_or("The document is empty.")?;
    set_class(&root, "embed", parameters.get("embed").is_some_and(|value| value == "1"));
    let select = by_id::<HtmlSelectElement>("model")?;
    for model in MODELS {
        let option = web_sys::HtmlOptionElement::new_with_text_and_value(model.title, model.id)
            .map_err(|_| "The list of models cannot be made.")?;
        select.append_child(&option).map_err(|_| "The list of models cannot be made.")?;
    }
    notice(&settings::fill_from_url()?.join(" "));
    let app = Rc::new(App {
        loaded: RefCell::default(),
        worker: RefCell::default(),
        engine: RefCell::new(State::Loading),
        adapter: RefCell::default(),
        loads: Cell::default(),
        waiting: Cell::default(),
        run: RefCell::default(),
        jobs: Cell::default(),
    });
    listen(&app)?;
    spawn_local(async move {
        app.load(true).await;
        app.start_engine().await;
    });
    Ok(())
}

/// Connects the form.
fn listen(app: &Rc<App>) -> Result<()> {
    let form = by_id::<HtmlElement>("form")?;
    let this = app.clone();
    on(&form, "submit", move |event| {
        event.prevent_default();
        notice("");
        this.generate();
    });
    let this = app.clone();
    on(&*by_id::<HtmlElement>("stop")?, "click", move |_| this.stop());
    on(&*by_id::<HtmlElement>("temperature")?, "input", |_| {
        // The slider is there: it has just been moved.
        let _ = settings::describe_temperature();
    });
    on(&*by_id::<HtmlElement>("dice")?, "click", |_| {
        if let Ok(seed) = by_id::<web_sys::HtmlInputElement>("seed") {
            seed.set_value(&((js_sys::Math::random() * 1e6) as u32).to_string());
        }
    });
    let this = app.clone();
    on(&*by_id::<HtmlElement>("model")?, "change", move |_| {
        let this = this.clone();
        this.stop();
        notice("");
        spawn_local(async move { this.load(false).await });
    });
    Ok(())
}

impl App {
    /// Loads the chosen model; then writes a first script with it, if this is the `first` one or the prompt
    /// still is a model's own.
    async fn load(self: &Rc<Self>, first: bool) {
        show::status("Loading the model…");
        show::buttons(false, false);
        let outcome = self.try_load(first).await;
        match outcome {
            Ok(()) => self.generate(),
            Err(message) => {
                show::status("No model is loaded.");
                notice(&message);
            }
        }
    }

    async fn try_load(self: &Rc<Self>, first: bool) -> Result<()> {
        let id = by_id::<HtmlSelectElement>("model")?.value();
        let model = Model::by_id(&id).unwrap_or(MODELS[0]);
        let file = fetch::bytes(&model.url()).await?;
        let weights = Weights::from_bytes(&file)
            .map_err(|error| format!("{} cannot be used: {error}.", model.url()))?;
        let mut generator = Generator::new(&weights);
        let cpu_chars_per_second = speed::try_cpu(&mut generator);
        let prompt = by_id::<HtmlTextAreaElement>("prompt")?;
        let is_a_models_own = MODELS.iter().any(|model| model.prompt == prompt.value());
        if !first && is_a_models_own {
            prompt.set_value(model.prompt);
        }
        let loaded = Loaded { model, file, weights, generator, cpu_chars_per_second };
        *self.loaded.borrow_mut() = Some(Rc::new(loaded));
        self.load_engine();
        Ok(())
    }

    /// Looks for WebGPU and starts the engine behind the page.
    async fn start_engine(self: &Rc<Self>) {
        match support::adapter().await {
            Ok(adapter) => *self.adapter.borrow_mut() = adapter,
            Err(reason) => return self.engine_absent(reason),
        }
        let this = self.clone();
        match engine::spawn(move |message| this.hear(message)) {
            Ok(worker) => {
                *self.worker.borrow_mut() = Some(worker);
                show::engine_note("Loading the WebGPU engine…", "loading");
            }
            Err(reason) => self.engine_absent(reason),
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
        match message {
            FromEngine::Started => self.load_engine(),
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
            FromEngine::Block { job, ids } => self.append(job, &ids),
            FromEngine::Done { job } => self.finish(job),
            FromEngine::Logits { .. } => {}
            FromEngine::Failed { message } => self.engine_failed(&message),
        }
    }

    fn show_engines(&self, webgpu: f64) {
        let cpu = self.loaded.borrow().as_ref().map_or(0.0, |loaded| loaded.cpu_chars_per_second);
        let text = format!(
            "WebGPU is ready on {}. Tried speed: WebGPU {}, CPU {} characters a second.",
            self.adapter.borrow(),
            speed::grouped(webgpu),
            speed::grouped(cpu)
        );
        show::engine_note(&text, "ready");
    }

    fn engine_absent(self: &Rc<Self>, reason: String) {
        show::engine_note(&reason, "absent");
        *self.engine.borrow_mut() = State::Absent(reason);
        if self.waiting.take() {
            self.generate();
        }
    }

    /// The engine broke down: a script it was writing goes on with the CPU.
    fn engine_failed(self: &Rc<Self>, message: &str) {
        if let Some(worker) = self.worker.borrow_mut().take() {
            worker.terminate();
        }
        self.engine_absent(format!("The CPU writes: {message}."));
        let unfinished = self.run.borrow().as_ref().and_then(Run::unfinished_on_webgpu);
        if let Some(job) = unfinished {
            spawn_local(self.clone().write_on_cpu(job));
        }
    }

    /// Begins the script that the form asks for.
    fn generate(self: &Rc<Self>) {
        if let Err(message) = self.try_generate() {
            notice(&message);
            show::status("Nothing was written.");
            show::buttons(true, false);
        }
    }

    fn try_generate(self: &Rc<Self>) -> Result<()> {
        self.stop();
        let loaded = self.loaded.borrow().clone();
        let loaded = loaded.ok_or("The model is still loading; wait a moment and press Generate again.")?;
        let settings = settings::read_form()?;
        if settings.model != loaded.model {
            return Err(
                "The chosen model is still loading; wait a moment and press Generate again.".to_owned()
            );
        }
        let Settings { ref prompt, temperature, top_k, top_p, length, seed, choice, .. } = settings;
        let request = Request::new(&loaded.weights.vocab, prompt, temperature, length, seed)
            .and_then(|request| request.with_top(top_k, top_p))
            .map_err(|error| sentence(&error.to_string()))?;
        let on_webgpu = match (choice, &*self.engine.borrow()) {
            (Choice::WebGpu, State::Loading) => {
                self.waiting.set(true);
                show::status("Waiting for the WebGPU engine…");
                show::buttons(true, false);
                return Ok(());
            }
            (Choice::WebGpu, State::Absent(reason)) => {
                notice(reason);
                false
            }
            (Choice::WebGpu, State::Ready { .. }) => true,
            (Choice::Auto, State::Ready { chars_per_second }) => {
                *chars_per_second > loaded.cpu_chars_per_second
            }
            _ => false,
        };
        settings::write_to_url(&settings)?;
        let job = self.jobs.get() + 1;
        self.jobs.set(job);
        show::begin(prompt)?;
        *self.run.borrow_mut() = Some(Run::new(job, request.clone(), settings.prompt, on_webgpu));
        let worker = self.worker.borrow();
        match worker.as_ref().filter(|_| on_webgpu) {
            Some(worker) => {
                let Request { prompt, temperature, top_k, top_p, length, seed, .. } = request;
                let job = Job { job, prompt, temperature, top_k, top_p, length, seed, rows: 1 };
                engine::post(worker, &ToEngine::Generate(job))
            }
            None => {
                spawn_local(self.clone().write_on_cpu(job));
                Ok(())
            }
        }
    }

    /// Stops the script that is being written and keeps what is there.
    fn stop(&self) {
        self.waiting.set(false);
        let job = self.jobs.get();
        if let Some(worker) = self.worker.borrow().as_ref() {
            // An engine that cannot be reached writes nothing.
            let _ = engine::post(worker, &ToEngine::Stop { job });
        }
        self.finish(job);
    }
}

/// Makes an error's text a sentence.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}
