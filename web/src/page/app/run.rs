//! Scripts in the making: one, or the rows of a sweep.

use std::rc::Rc;

use model::{Request, Rows};
use wasm_bindgen_futures::spawn_local;
use web::{
    Job, ToEngine,
    dom::{Result, document, element, now, tell, value},
    turn::{SLICE_MILLISECONDS, give_turn},
    words::{word, words},
};

use super::{App, Loaded};
use crate::{
    address,
    scribe::write_for,
    settings, speed,
    view::{self, ScriptView, columns},
};

/// Steps between two looks at the clock: asking costs as much as a small model's step.
const STEPS: u32 = 8;
/// Milliseconds between two listings of the cast.
const CAST_EVERY_MILLISECONDS: f64 = 250.0;

/// Where a run is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Writing,
    /// The page is out of sight.
    Paused,
    Finished,
}

/// What is being written, or was last.
pub(super) struct Run {
    /// Number of the job that is at it; what another says is out of date.
    job: u32,
    rows: Vec<Row>,
    /// Which rows each writer has: the engine all of them; else each of the scribes some, and the page the last ones.
    parts: Vec<Vec<usize>>,
    /// Writers that are not done yet.
    open_parts: usize,
    loaded: Rc<Loaded>,
    is_sweep: bool,
    on_webgpu: bool,
    state: State,
    /// Time spent writing, but for the part since `start`.
    milliseconds: f64,
    start: f64,
    cast_shown: f64,
}

/// One script of a run.
struct Row {
    request: Request,
    written: Vec<u32>,
    view: ScriptView,
}

impl Run {
    fn is_writing(&self, job: u32) -> bool {
        self.job == job && self.state == State::Writing
    }

    /// Stops the clock.
    fn halt(&mut self, state: State) {
        self.milliseconds += now() - self.start;
        self.state = state;
    }

    fn summary(&self) -> String {
        let count: usize = self.rows.iter().map(|row| row.written.len()).sum();
        let seconds = (self.milliseconds / 1000.0).max(0.001);
        let engine = word(if self.on_webgpu { "webgpu-engine" } else { "cpu-engine" });
        words(
            "summary",
            &[
                ("count", &speed::grouped(count as f64)),
                ("engine", &engine),
                ("speed", &speed::grouped(count as f64 / seconds)),
            ],
        )
    }

    /// Gives the rows that are not whole to so many writers in turn.
    fn divide(&mut self, writers: usize) {
        self.parts = vec![Vec::new(); writers];
        let open = self.rows.iter().enumerate();
        let open = open.filter(|(_, row)| (row.written.len() as u32) < row.request.length);
        for (turn, (row, _)) in open.enumerate() {
            self.parts[turn % writers].push(row);
        }
        self.open_parts = writers;
    }

    /// What is still to be written by one of them.
    fn requests(&self, part: usize) -> Vec<Request> {
        let rows = self.parts[part].iter().map(|&row| &self.rows[row]);
        rows.map(|row| row.request.clone().after(&row.written)).collect()
    }
}

impl App {
    /// Begins what the form asks for.
    pub(crate) fn generate(self: &Rc<Self>) {
        if let Err(message) = self.try_generate() {
            self.complain(&message);
            view::status(&word("nothing-written"));
            self.show_buttons();
        }
    }

    fn try_generate(self: &Rc<Self>) -> Result<()> {
        self.stop();
        let loaded = self.loaded.borrow().clone().ok_or_else(|| word("model-still-loading"))?;
        if self.chosen().is_none_or(|chosen| chosen.id != loaded.model.id) {
            return Err(word("model-still-loading"));
        }
        let requests = settings::requests(&loaded.weights.vocab, &self.models.borrow())?;
        let Some(length) = requests.first().map(|request| request.length) else { return Ok(()) };
        let on_webgpu = match self.engine_writes(loaded.cpu_chars_per_second) {
            Ok(on_webgpu) => on_webgpu,
            Err(reason) => {
                self.waiting.set(true);
                view::status(&reason);
                view::buttons(true, false, false);
                return Ok(());
            }
        };
        address::write(&loaded.model, length)?;
        let prompt = value("prompt")?;
        let is_sweep = settings::view() == "sweep";
        let views = match is_sweep {
            true => columns(&requests, &prompt)?,
            false => vec![ScriptView::new(element("script")?.into(), &prompt, self.cast.picked())],
        };
        let rows = requests.into_iter().zip(views);
        let rows = rows.map(|(request, view)| Row { request, written: Vec::new(), view }).collect();
        *self.run.borrow_mut() = Some(Run {
            job: 0,
            rows,
            parts: Vec::new(),
            open_parts: 0,
            loaded,
            is_sweep,
            on_webgpu,
            state: State::Paused,
            milliseconds: 0.0,
            start: now(),
            cast_shown: 0.0,
        });
        self.show_cast();
        tell("scriptorium-began");
        self.resume();
        Ok(())
    }

    /// Writes as much again behind the script that is there.
    pub(super) fn go_on(self: &Rc<Self>) {
        if let Err(message) = self.try_go_on() {
            self.complain(&message);
        }
    }

    fn try_go_on(self: &Rc<Self>) -> Result<()> {
        // Checks the form; only the length is taken from it.
        let loaded = self.loaded.borrow().clone().ok_or_else(|| word("model-still-loading"))?;
        let asked = settings::requests(&loaded.weights.vocab, &self.models.borrow())?;
        let more = asked.first().map_or(0, |request| request.length);
        let on_webgpu = self.engine_writes(loaded.cpu_chars_per_second).unwrap_or(false);
        {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.state == State::Finished && !run.is_sweep) else {
                return Ok(());
            };
            for row in &mut run.rows {
                row.request.length = (row.written.len() as u32).saturating_add(more);
            }
            run.on_webgpu = on_webgpu;
            run.state = State::Paused;
            address::write(&run.loaded.model, run.rows[0].request.length)?;
        }
        self.resume();
        Ok(())
    }

    /// Goes on with a run that pauses, from where it is: whoever wrote before, the text is the same.
    pub(super) fn resume(self: &Rc<Self>) {
        let mut run = self.run.borrow_mut();
        let Some(run) = run.as_mut().filter(|run| run.state == State::Paused) else { return };
        if document().is_ok_and(|document| document.hidden()) {
            return view::status(&word("paused"));
        }
        self.jobs.set(self.jobs.get() + 1);
        let job = self.jobs.get();
        run.job = job;
        run.state = State::Writing;
        run.start = now();
        if run.on_webgpu {
            run.divide(1);
            run.on_webgpu = self.tell_engine(&ToEngine::Generate(Job { job, rows: run.requests(0) }));
            self.watch_engine(job);
        }
        if !run.on_webgpu {
            // A single script is the page's own.
            let scribes = self.scribes.ready().min(run.rows.len() - 1);
            run.divide(scribes + 1);
            for scribe in 0..scribes {
                // One that cannot be reached says so by itself.
                self.scribes.tell(scribe, &ToEngine::Generate(Job { job, rows: run.requests(scribe) }));
            }
            let rows = Rows::new(&run.loaded.generator, run.requests(scribes));
            spawn_local(self.clone().write_on_cpu(job, scribes, rows));
        }
        view::writing(true);
        self.show_buttons_of(Some(run));
    }

    /// Leaves a run where it is while the page is out of sight.
    pub(super) fn pause(&self) {
        let mut run = self.run.borrow_mut();
        let Some(run) = run.as_mut().filter(|run| run.state == State::Writing) else { return };
        run.halt(State::Paused);
        self.call_off(run.job);
        view::status(&word("paused"));
    }

    /// A script that the engine was writing goes on with the CPU.
    pub(super) fn leave_engine(self: &Rc<Self>) {
        {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.on_webgpu && run.state != State::Finished) else {
                return;
            };
            run.on_webgpu = false;
            if run.state == State::Writing {
                run.halt(State::Paused);
            }
        }
        self.resume();
    }

    /// Whether the engine is at this job.
    pub(super) fn is_on_engine(&self, job: u32) -> bool {
        self.run.borrow().as_ref().is_some_and(|run| run.on_webgpu && run.is_writing(job))
    }

    /// A sweep that scribes were writing goes on without them.
    pub(super) fn do_without_scribes(self: &Rc<Self>) {
        self.scribes.dismiss();
        {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.state == State::Writing && run.parts.len() > 1)
            else {
                return;
            };
            run.halt(State::Paused);
        }
        self.resume();
    }

    /// Stops a job, whoever is at it.
    fn call_off(&self, job: u32) {
        self.tell_engine(&ToEngine::Stop { job });
        self.scribes.stop(job);
    }

    /// Writes the rows of the page's own part in slices, between which the page lives.
    async fn write_on_cpu(self: Rc<Self>, job: u32, part: usize, mut rows: Rows) {
        let mut texts: Vec<Vec<u32>> = vec![Vec::new(); rows.len()];
        while !rows.is_empty() {
            write_for(&mut rows, SLICE_MILLISECONDS, STEPS, &mut texts);
            let is_writing = self.run.borrow().as_ref().is_some_and(|run| run.is_writing(job));
            if !is_writing {
                return;
            }
            self.append(job, part, &texts);
            texts.iter_mut().for_each(Vec::clear);
            give_turn().await;
        }
        self.finish_part(job);
    }

    /// Adds what a writer has written to its part of a job's scripts.
    pub(super) fn append(&self, job: u32, part: usize, texts: &[Vec<u32>]) {
        let rows = self.run.borrow().as_ref().and_then(|run| run.parts.get(part).cloned());
        for (row, ids) in rows.unwrap_or_default().into_iter().zip(texts) {
            self.append_to(job, row, ids);
        }
    }

    /// Adds characters to one of a job's scripts, if it is still being written.
    fn append_to(&self, job: u32, row: usize, ids: &[u32]) {
        let is_time_for_cast = {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.is_writing(job)) else { return };
            let text = run.loaded.weights.vocab.decode(ids);
            let place = &mut run.rows[row];
            place.written.extend_from_slice(ids);
            place.view.append(&text);
            self.host.text(row, &text);
            let is_time = now() - run.cast_shown > CAST_EVERY_MILLISECONDS;
            if is_time {
                run.cast_shown = now();
            }
            is_time
        };
        if is_time_for_cast {
            self.show_cast();
        }
    }

    fn show_cast(&self) {
        if let Some(run) = self.run.borrow().as_ref().filter(|run| !run.is_sweep) {
            self.cast.show(run.rows[0].view.cast());
        }
    }

    /// A writer is done with its part of a job; with the last one the job is whole.
    pub(super) fn finish_part(&self, job: u32) {
        {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.is_writing(job)) else { return };
            run.open_parts = run.open_parts.saturating_sub(1);
            if run.open_parts > 0 {
                return;
            }
            run.halt(State::Finished);
        }
        self.end(false);
    }

    /// Stops what is being written and keeps what is there.
    pub(crate) fn stop(&self) {
        self.waiting.set(false);
        {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.state != State::Finished) else { return };
            if run.state == State::Writing {
                self.call_off(run.job);
                run.halt(State::Finished);
            }
            run.state = State::Finished;
        }
        self.end(true);
    }

    fn end(&self, stopped: bool) {
        view::writing(false);
        self.show_cast();
        self.show_buttons();
        if let Some(run) = self.run.borrow().as_ref() {
            view::status(&run.summary());
            let texts = run.rows.iter().map(|row| run.loaded.weights.vocab.decode(&row.written));
            self.host.done(&texts.collect::<Vec<String>>(), stopped);
        }
        tell("scriptorium-done");
    }

    /// Which buttons make sense now.
    pub(super) fn show_buttons(&self) {
        self.show_buttons_of(self.run.borrow().as_ref());
    }

    fn show_buttons_of(&self, run: Option<&Run>) {
        let is_unfinished = run.is_some_and(|run| run.state != State::Finished);
        let can_go_on = run.is_some_and(|run| {
            run.state == State::Finished
                && !run.is_sweep
                && self.loaded.borrow().as_ref().is_some_and(|loaded| Rc::ptr_eq(loaded, &run.loaded))
        });
        view::buttons(self.loaded.borrow().is_some(), is_unfinished, can_go_on);
    }
}
