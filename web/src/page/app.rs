//! The page at work: what it holds, and what its controls do.

mod load;
mod opening;
mod own;
mod run;
mod watch;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use model::{Generator, Weights};
use wasm_bindgen_futures::spawn_local;
use web::dom::{
    Result, all, append, create, document, element, notice, on, on_click, parameters, root, set_class,
    set_value, tabs, value,
};
use web_sys::Worker;

use self::run::Run;
use crate::{
    address,
    embed::Host,
    engine,
    models::{Model, Models},
    scribes::Scribes,
    settings,
    view::{self, CastList},
};

/// The model in use.
struct Loaded {
    model: Model,
    /// The file's bytes, for the engine.
    file: js_sys::Uint8Array,
    weights: Weights,
    /// In its zero state; every script clones it.
    generator: Generator,
    cpu_chars_per_second: f64,
}

/// The page's state.
pub(crate) struct App {
    models: RefCell<Models>,
    loaded: RefCell<Option<Rc<Loaded>>>,
    worker: RefCell<Option<Worker>>,
    engine: RefCell<engine::State>,
    adapter: RefCell<String>,
    /// Loads the engine has not yet answered; only the last counts.
    loads: Cell<u32>,
    /// Whether to write as soon as the engine is ready.
    waiting: Cell<bool>,
    /// Looks at the engine since it last said something.
    silent_looks: Cell<u32>,
    run: RefCell<Option<Run>>,
    jobs: Cell<u32>,
    cast: CastList,
    scribes: Scribes,
    /// The page that this one is embedded in, if it may hear anything.
    host: Host,
}

/// Sets the page up and begins the first script.
pub(crate) fn start() -> Result<()> {
    let parameters = parameters()?;
    set_class(&*root()?, "embed", parameters.get("embed").is_some_and(|value| value == "1"));
    let (host, problems) = Host::from_url(&parameters)?;
    let app = Rc::new(App {
        models: RefCell::default(),
        loaded: RefCell::default(),
        worker: RefCell::default(),
        engine: RefCell::new(engine::State::Loading),
        adapter: RefCell::default(),
        loads: Cell::default(),
        waiting: Cell::default(),
        silent_looks: Cell::default(),
        run: RefCell::default(),
        jobs: Cell::default(),
        cast: CastList::default(),
        scribes: Scribes::default(),
        host,
    });
    spawn_local(async move {
        if let Err(message) = app.begin(problems).await {
            app.complain(&message);
            view::status(&web::words::word("no-model"));
        }
    });
    Ok(())
}

impl App {
    async fn begin(self: &Rc<Self>, mut problems: Vec<String>) -> Result<()> {
        let models = Models::fetch().await?;
        let select = element("model")?;
        for model in &models.list {
            let option = create("option", "", &model.title)?;
            web::dom::set(&option, "value", &model.id);
            append(&select, &option);
        }
        *self.models.borrow_mut() = models;
        // Looked for before anything is written only where the link names one.
        let wants_own = parameters()?.get("model").is_some_and(|id| id.starts_with("own-"));
        if wants_own {
            self.list_own().await;
        }
        let link = address::fill_form(&self.models.borrow())?;
        problems.extend(link.problems);
        let message = problems.join(" ");
        notice(&message);
        if !message.is_empty() {
            self.host.error(&message);
        }
        settings::describe_temperature();
        self.show_prompts();
        view::show_view(&settings::view());
        self.listen()?;
        self.load(link.is_of_other_weights).await;
        if !wants_own {
            self.list_own().await;
        }
        self.host.listen(self)?;
        self.start_engine().await;
        Ok(())
    }

    /// Says what is wrong, to the visitor and to the embedding page.
    pub(crate) fn complain(&self, message: &str) {
        notice(message);
        self.host.error(message);
    }

    /// Connects the controls.
    fn listen(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        on(&*element("form")?, "submit", move |event| {
            event.prevent_default();
            if settings::view() != "surprise" {
                notice("");
                this.generate();
                view::bring_into_sight();
            }
        });
        let this = self.clone();
        on_click("stop", move || this.stop())?;
        let this = self.clone();
        on_click("continue", move || this.go_on())?;
        on(&*element("temperature")?, "input", |_| settings::describe_temperature());
        on_click("dice", || {
            // The field is there: its button has just been pressed.
            let _ = set_value("seed", &((js_sys::Math::random() * 1e6) as u32).to_string());
        })?;
        let this = self.clone();
        on_click("opening", move || this.open_anew())?;
        on(&*element("plain")?, "change", |_| view::show_plain(view::is_plain()));
        for preset in all(&*root()?, "[data-temperatures]") {
            let temperatures = preset.get_attribute("data-temperatures").unwrap_or_default();
            on(&preset, "click", move |_| {
                // The field is there: it stands beside.
                let _ = set_value("temperatures", &temperatures);
            });
        }
        let this = self.clone();
        on(&*element("model")?, "change", move |_| this.change_model());
        let this = self.clone();
        tabs("views", move |tab| {
            this.stop();
            view::show_view(tab.strip_prefix("tab-").unwrap_or_default());
            this.call_scribes();
            this.show_buttons();
        })?;
        let this = self.clone();
        let document = document()?;
        on(&document.clone(), "visibilitychange", move |_| {
            if document.hidden() { this.pause() } else { this.resume() }
        });
        self.listen_for_own()?;
        self.cast.listen()
    }

    /// Loads the model that the form names and writes with it.
    pub(crate) fn change_model(self: &Rc<Self>) {
        let this = self.clone();
        self.stop();
        notice("");
        self.show_prompts();
        spawn_local(async move { this.load(false).await });
    }

    /// Whether the field's prompt is one that a model came with.
    fn is_a_models_own(&self, prompt: &str) -> bool {
        self.models.borrow().list.iter().any(|model| model.prompts.iter().any(|one| one == prompt))
    }

    /// The model that the form names.
    fn chosen(&self) -> Option<Model> {
        let id = value("model").unwrap_or_default();
        self.models.borrow().by_id(&id).cloned()
    }

    /// Lists the chosen model's prompts to pick from; one that is another model's own gives way.
    fn show_prompts(self: &Rc<Self>) {
        self.show_forget();
        let (Some(model), Ok(list)) = (self.chosen(), element("prompts")) else { return };
        let prompt = value("prompt").unwrap_or_default();
        if self.is_a_models_own(&prompt) && !model.prompts.contains(&prompt) {
            // The field is there: it has just been read.
            let _ = set_value("prompt", &model.prompts[0]);
        }
        list.set_text_content(None);
        for prompt in model.prompts.into_iter().filter(|prompt| !prompt.is_empty()) {
            let Ok(button) = create("button", "chip", prompt.trim_end()) else { return };
            web::dom::set(&button, "type", "button");
            on(&button, "click", move |_| {
                let _ = set_value("prompt", &prompt);
            });
            append(&list, &button);
        }
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn models(&self) -> std::cell::Ref<'_, Models> {
        self.models.borrow()
    }

    /// Whether a model is there to write with.
    pub(crate) fn has_model(&self) -> bool {
        self.loaded.borrow().is_some()
    }
}
