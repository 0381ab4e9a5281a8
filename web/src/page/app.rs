//! The page at work: what its controls and an embedding page can have it do.

use std::{
    cell::Cell,
    rc::{Rc, Weak},
};

use web::{
    dom::{Result, notice, set_value, value},
    fields,
    host::Host,
    own::{Brought, OwnModel},
    settings::View,
    task,
    words::{word, words},
};

use crate::{
    engine::{Engine, Event, Writer},
    form,
    loaded::Loaded,
    menu::Menu,
    models::Model,
    opening::opening,
    view,
    writing::Writing,
};

/// The page's state.
pub(crate) struct App {
    menu: Menu,
    engine: Rc<Engine>,
    writing: Rc<Writing>,
    host: Rc<Host>,
    /// Whether to write as soon as the engine is ready.
    is_waiting: Cell<bool>,
}

impl App {
    /// A page without a model yet.
    pub(crate) fn new(host: Host) -> Rc<Self> {
        let host = Rc::new(host);
        Rc::new_cyclic(|app: &Weak<Self>| {
            let app = app.clone();
            let engine = Engine::new(move |event| {
                if let Some(app) = app.upgrade() {
                    app.hear(event);
                }
            });
            let writing = Writing::new(engine.clone(), host.clone());
            Self { menu: Menu::default(), engine, writing, host, is_waiting: Cell::default() }
        })
    }

    /// The page that this one is embedded in.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// The models to choose from.
    pub(crate) fn menu(&self) -> &Menu {
        &self.menu
    }

    /// The scripts in the making.
    pub(crate) fn writing(&self) -> &Rc<Writing> {
        &self.writing
    }

    /// Whether a model is there to write with.
    pub(crate) fn has_model(&self) -> bool {
        self.writing.loaded().is_some()
    }

    /// Says what is wrong, to the visitor and to the embedding page.
    pub(crate) fn complain(&self, message: &str) {
        notice(message);
        self.host.error(message);
    }

    /// Says what went wrong, if something did.
    pub(crate) fn report(&self, outcome: Result<()>) {
        if let Err(message) = outcome {
            self.complain(&message);
        }
    }

    /// Begins a task; what goes wrong in it is said.
    pub(crate) fn spawn(self: &Rc<Self>, task: impl Future<Output = Result<()>> + 'static) {
        let this = self.clone();
        task::spawn(task, move |message| this.complain(message));
    }

    /// Starts the engine behind the page.
    pub(crate) async fn start_engine(&self) {
        let bytes = self.menu.models().engine_bytes;
        self.engine.start(bytes).await;
    }

    fn hear(self: &Rc<Self>, event: Event) {
        match event {
            Event::Ready => self.generate_if_waiting(),
            Event::Absent => {
                self.generate_if_waiting();
                self.writing.do_without_engine();
            }
            Event::Block { job, texts } => self.writing.append(job, 0, &texts),
            Event::Done { job } => self.writing.finish_part(job),
        }
    }

    fn generate_if_waiting(self: &Rc<Self>) {
        if self.is_waiting.take() {
            self.generate();
        }
    }

    /// Begins what the form asks for.
    pub(crate) fn generate(self: &Rc<Self>) {
        if let Err(message) = self.try_generate() {
            self.complain(&message);
            view::status(&word("nothing-written"));
            self.writing.show_buttons();
        }
    }

    fn try_generate(&self) -> Result<()> {
        self.stop();
        let loaded = self.loaded()?;
        if !self.menu.is_chosen(&loaded.model) {
            return Err(word("model-still-loading"));
        }
        let settings = form::settings(&self.menu.models())?;
        let requests = form::requests(&settings, &loaded.weights.vocab)?;
        let on_webgpu = match self.engine.writer(settings.engine, loaded.cpu_chars_per_second) {
            Writer::Cpu => false,
            Writer::Engine => true,
            Writer::EngineLater => {
                self.is_waiting.set(true);
                view::status(&word("waiting-engine"));
                view::buttons(true, false, false);
                return Ok(());
            }
        };
        self.writing.begin(requests, &value("prompt")?, settings.view == View::Sweep, on_webgpu)
    }

    fn loaded(&self) -> Result<Rc<Loaded>> {
        self.writing.loaded().ok_or_else(|| word("model-still-loading"))
    }

    /// Writes as much again behind the script that is there.
    pub(crate) fn go_on(&self) {
        self.report(self.try_go_on());
    }

    fn try_go_on(&self) -> Result<()> {
        let loaded = self.loaded()?;
        let settings = form::settings(&self.menu.models())?;
        // Only the length is taken from the form, but all of it has to be usable.
        form::requests(&settings, &loaded.weights.vocab)?;
        let writer = self.engine.writer(settings.engine, loaded.cpu_chars_per_second);
        self.writing.lengthen(settings.length, matches!(writer, Writer::Engine))
    }

    /// Stops what is being written and keeps what is there.
    pub(crate) fn stop(&self) {
        self.is_waiting.set(false);
        self.writing.stop();
    }

    /// Shows another view.
    pub(crate) fn choose_view(&self, view: View) {
        self.stop();
        view::show_view(view);
        if view == View::Sweep {
            self.writing.start_sweep_workers();
        }
        self.writing.show_buttons();
    }

    /// Loads the model that the form names and writes with it.
    pub(crate) fn change_model(self: &Rc<Self>) {
        let this = self.clone();
        self.stop();
        notice("");
        self.menu.change_prompt();
        self.menu.show_chosen();
        self.spawn(async move {
            this.load(false).await;
            Ok(())
        });
    }

    /// Loads the chosen model; then writes with it, unless the link's script `is_withheld`.
    pub(crate) async fn load(self: &Rc<Self>, is_withheld: bool) {
        view::status(&word("loading-model"));
        view::buttons(false, false, false);
        match self.try_load().await {
            // The visitor has chosen another one meanwhile, which is on its way.
            Ok(None) => {}
            Ok(Some(_)) if is_withheld => {
                view::status(&word("nothing-written"));
                self.writing.show_buttons();
            }
            Ok(Some(_)) if !fields::view().is_of_scripts() => {
                view::status("");
                self.writing.show_buttons();
            }
            Ok(Some(_)) => self.generate(),
            Err(message) => {
                view::status(&word("no-model"));
                self.complain(&message);
            }
        }
    }

    /// The model that was loaded; nothing if another one was chosen meanwhile.
    async fn try_load(&self) -> Result<Option<Model>> {
        let model = self.menu.chosen().ok_or_else(|| word("no-model"))?;
        let file = model.fetch().await?;
        let loaded = Loaded::new(model.clone(), file)?;
        if !self.menu.is_chosen(&model) {
            return Ok(None);
        }
        self.writing.use_model(loaded);
        if fields::view() == View::Sweep {
            self.writing.start_sweep_workers();
        }
        Ok(Some(model))
    }

    /// Puts the first cue that the model comes upon by itself into the prompt.
    pub(crate) fn open_anew(&self) {
        let opening = self.loaded().and_then(|loaded| opening(&loaded));
        self.report(opening.and_then(|opening| set_value("prompt", &opening)));
    }

    /// Keeps a model that the visitor brought, if the browser does, lists it, and writes with it.
    pub(crate) async fn take_brought(self: &Rc<Self>) -> Result<()> {
        let Some(Brought { id, title, file, in_use }) = Brought::take() else { return Ok(()) };
        let own = OwnModel { id: id.clone(), title };
        let kept = own.keep(&file).await;
        let kept = kept.map_err(|error| words("own-not-kept", &[("model", &own.title), ("error", &error)]));
        let chosen = value("model")?;
        self.menu.add(Model::own(own, Some(file)))?;
        // The list forgets the choice when its option is replaced.
        set_value("model", if in_use { &id } else { &chosen })?;
        if in_use || chosen == id && !fields::view().is_of_scripts() {
            self.change_model();
        }
        kept
    }

    /// Removes the chosen model from the browser, and goes back to the page's first.
    pub(crate) async fn forget(self: &Rc<Self>) -> Result<()> {
        let Some(Model { id, own: Some(own), .. }) = self.menu.chosen() else { return Ok(()) };
        own.remove()
            .await
            .map_err(|error| words("own-not-removed", &[("model", &own.title), ("error", &error)]))?;
        self.menu.remove(&id)?;
        let first = self.menu.models().list[0].id.clone();
        set_value("model", &first)?;
        self.change_model();
        Ok(())
    }
}
