//! Scripts in the making: with which model, and by whom: the engine, or the CPU generator in the page and, for the rows of
//! a sweep, in workers.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use model::{Request, Rows};
use wasm_bindgen_futures::spawn_local;
use web::{
    dom::{Result, dispatch, document, element, set_global},
    host::Host,
    messages::Ids,
    names::{BEGAN, DONE, LOADED, WEIGHTS},
    turn::{SLICE_MILLISECONDS, give_turn},
    words::word,
};

use crate::{
    address,
    engine::Engine,
    loaded::Loaded,
    run::{Run, State},
    slice::write_for,
    sweep_workers::{Event, SweepWorkers},
    view::{self, CastList, ScriptView, columns},
};

/// Steps between two looks at the clock: asking costs as much as a small model's step.
const STEPS: u32 = 8;

/// The model in use and what is written with it.
pub(crate) struct Writing {
    loaded: RefCell<Option<Rc<Loaded>>>,
    run: RefCell<Option<Run>>,
    jobs: Cell<u32>,
    cast: CastList,
    engine: Rc<Engine>,
    sweep_workers: SweepWorkers,
    host: Rc<Host>,
}

impl Writing {
    /// Nothing yet.
    pub(crate) fn new(engine: Rc<Engine>, host: Rc<Host>) -> Rc<Self> {
        Rc::new(Self {
            loaded: RefCell::default(),
            run: RefCell::default(),
            jobs: Cell::default(),
            cast: CastList::default(),
            engine,
            sweep_workers: SweepWorkers::default(),
            host,
        })
    }

    /// The model in use.
    pub(crate) fn loaded(&self) -> Option<Rc<Loaded>> {
        self.loaded.borrow().clone()
    }

    /// The names that speak.
    pub(crate) fn cast(&self) -> &CastList {
        &self.cast
    }

    /// Writes with this model from now on.
    pub(crate) fn use_model(&self, loaded: Loaded) {
        set_global(WEIGHTS, &loaded.file);
        self.sweep_workers.end();
        self.engine.load(loaded.file.clone(), loaded.cpu_chars_per_second);
        *self.loaded.borrow_mut() = Some(Rc::new(loaded));
        dispatch(LOADED);
    }

    /// Starts the workers of a sweep, unless they are there.
    pub(crate) fn start_sweep_workers(self: &Rc<Self>) {
        let Some(loaded) = self.loaded() else { return };
        let this = self.clone();
        self.sweep_workers.start(&loaded.file, false, move |worker, event| match event {
            Event::Block { job, texts } => this.append(job, worker, &texts),
            Event::Done { job } => this.finish_part(job),
            Event::Broken => this.do_without_sweep_workers(),
        });
    }

    /// Begins a script for each request.
    pub(crate) fn begin(
        self: &Rc<Self>,
        requests: Vec<Request>,
        prompt: &str,
        is_sweep: bool,
        on_webgpu: bool,
    ) -> Result<()> {
        let loaded = self.loaded().ok_or_else(|| word("model-still-loading"))?;
        address::write(&loaded.model, requests.first().map_or(0, |request| request.length))?;
        let views = match is_sweep {
            true => columns(&requests, prompt)?,
            false => vec![ScriptView::new(element("script")?.into(), prompt, self.cast.picked())],
        };
        let run = Run::new(loaded, requests.into_iter().zip(views), is_sweep, on_webgpu);
        *self.run.borrow_mut() = Some(run);
        self.show_cast();
        dispatch(BEGAN);
        self.resume();
        Ok(())
    }

    /// Writes so many characters more behind the script that is there, if one is.
    pub(crate) fn lengthen(self: &Rc<Self>, more: u32, on_webgpu: bool) -> Result<()> {
        {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.is(State::Finished) && !run.is_sweep) else {
                return Ok(());
            };
            run.lengthen(more);
            run.on_webgpu = on_webgpu;
            address::write(&run.loaded.model, run.length())?;
        }
        self.resume();
        Ok(())
    }

    /// Goes on with a run that pauses, from where it is: whoever wrote before, the text is the same.
    pub(crate) fn resume(self: &Rc<Self>) {
        let mut run = self.run.borrow_mut();
        let Some(run) = run.as_mut().filter(|run| run.is(State::Paused)) else { return };
        if document().is_ok_and(|document| document.hidden()) {
            return view::status(&word("paused"));
        }
        let job = self.jobs.get() + 1;
        self.jobs.set(job);
        run.begin(job);
        if run.on_webgpu {
            run.divide(1);
            run.on_webgpu = self.engine.generate(job, run.requests(0));
        }
        if !run.on_webgpu {
            // A single script is the page's own.
            let workers = self.sweep_workers.ready().min(run.rows().saturating_sub(1));
            run.divide(workers + 1);
            for worker in 0..workers {
                self.sweep_workers.generate(worker, job, run.requests(worker));
            }
            let rows = Rows::new(&run.loaded.generator, run.requests(workers));
            spawn_local(self.clone().write_on_cpu(job, workers, rows));
        }
        view::writing(true);
        self.show_buttons_of(Some(run));
    }

    /// Leaves a run where it is while the page is out of sight.
    pub(crate) fn pause(&self) {
        let mut run = self.run.borrow_mut();
        let Some(run) = run.as_mut().filter(|run| run.is(State::Writing)) else { return };
        run.halt(State::Paused);
        self.call_off(run.job());
        view::status(&word("paused"));
    }

    /// A script that the engine was writing goes on with the CPU.
    pub(crate) fn do_without_engine(self: &Rc<Self>) {
        self.begin_anew(|run| run.on_webgpu && !run.is(State::Finished));
    }

    /// A sweep that workers were writing goes on without them.
    fn do_without_sweep_workers(self: &Rc<Self>) {
        self.sweep_workers.end();
        self.begin_anew(|run| run.is(State::Writing) && run.is_shared());
    }

    /// Goes on by the CPU from where the run is, if the run `is_so`.
    fn begin_anew(self: &Rc<Self>, is_so: impl Fn(&Run) -> bool) {
        {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| is_so(run)) else { return };
            run.on_webgpu = false;
            run.halt(State::Paused);
        }
        self.resume();
    }

    /// Stops a job, whoever is at it.
    fn call_off(&self, job: u32) {
        self.engine.stop(job);
        self.sweep_workers.stop(job);
    }

    /// Writes the rows of the page's own part in slices, between which the page lives.
    async fn write_on_cpu(self: Rc<Self>, job: u32, part: usize, mut rows: Rows) {
        let mut texts = vec![Ids::default(); rows.len()];
        while !rows.is_empty() {
            write_for(&mut rows, SLICE_MILLISECONDS, STEPS, &mut texts);
            let is_writing = self.run.borrow().as_ref().is_some_and(|run| run.is_writing(job));
            if !is_writing {
                return;
            }
            self.append(job, part, &texts);
            texts.iter_mut().for_each(|text| text.0.clear());
            give_turn().await;
        }
        self.finish_part(job);
    }

    /// Adds what a writer has written to its part of a job's scripts, if they are still being written.
    pub(crate) fn append(&self, job: u32, part: usize, texts: &[Ids]) {
        let mut run = self.run.borrow_mut();
        let Some(run) = run.as_mut().filter(|run| run.is_writing(job)) else { return };
        for (row, Ids(ids)) in run.part(part).into_iter().zip(texts) {
            self.host.text(row, &run.append(row, ids));
        }
        if run.is_time_for_cast() {
            self.show_cast_of(run);
        }
    }

    fn show_cast(&self) {
        if let Some(run) = self.run.borrow().as_ref() {
            self.show_cast_of(run);
        }
    }

    fn show_cast_of(&self, run: &Run) {
        if let (false, Some(view)) = (run.is_sweep, run.first_view()) {
            self.cast.show(view.cast());
        }
    }

    /// A writer is done with its part of a job; with the last one the job is complete.
    pub(crate) fn finish_part(&self, job: u32) {
        {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.is_writing(job)) else { return };
            if !run.finish_part() {
                return;
            }
            run.halt(State::Finished);
        }
        self.end(false);
    }

    /// Stops what is being written and keeps what is there.
    pub(crate) fn stop(&self) {
        {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| !run.is(State::Finished)) else { return };
            if run.is(State::Writing) {
                self.call_off(run.job());
            }
            run.halt(State::Finished);
        }
        self.end(true);
    }

    fn end(&self, stopped: bool) {
        view::writing(false);
        self.show_cast();
        self.show_buttons();
        if let Some(run) = self.run.borrow().as_ref() {
            view::status(&run.summary());
            self.host.done(run.texts(), stopped);
        }
        dispatch(DONE);
    }

    /// Which buttons make sense now.
    pub(crate) fn show_buttons(&self) {
        self.show_buttons_of(self.run.borrow().as_ref());
    }

    fn show_buttons_of(&self, run: Option<&Run>) {
        let loaded = self.loaded();
        let is_of_model = |run: &Run| loaded.as_ref().is_some_and(|loaded| Rc::ptr_eq(loaded, &run.loaded));
        let is_unfinished = run.is_some_and(|run| !run.is(State::Finished));
        let can_go_on = run.is_some_and(|run| run.is(State::Finished) && !run.is_sweep && is_of_model(run));
        view::buttons(loaded.is_some(), is_unfinished, can_go_on);
    }
}
