//! A run: one script, or the rows of a sweep, and how far each is.

use std::rc::Rc;

use model::Request;
use web::{
    dom::now,
    numbers::grouped,
    words::{word, words},
};

use crate::{loaded::Loaded, view::ScriptView};

/// Milliseconds between two listings of the cast.
const CAST_EVERY_MILLISECONDS: f64 = 250.0;

/// Where a run is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Somebody writes.
    Writing,
    /// The page is out of sight.
    Paused,
    /// All is written, or it was stopped.
    Finished,
}

/// What is being written, or was last.
pub(crate) struct Run {
    /// The model that writes.
    pub(crate) loaded: Rc<Loaded>,
    /// Whether there are several scripts, side by side.
    pub(crate) is_sweep: bool,
    /// Whether the engine writes.
    pub(crate) on_webgpu: bool,
    /// Number of the job that is at it; what another says is out of date.
    job: u32,
    rows: Vec<Row>,
    /// Which rows each writer has: the engine all of them; else each of the sweep workers some, and the page the last ones.
    parts: Vec<Vec<usize>>,
    /// Writers that are not done yet.
    open_parts: usize,
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
    /// A run that has not begun: it pauses.
    pub(crate) fn new(
        loaded: Rc<Loaded>,
        rows: impl Iterator<Item = (Request, ScriptView)>,
        is_sweep: bool,
        on_webgpu: bool,
    ) -> Self {
        let rows = rows.map(|(request, view)| Row { request, written: Vec::new(), view }).collect();
        Self {
            loaded,
            is_sweep,
            on_webgpu,
            job: 0,
            rows,
            parts: Vec::new(),
            open_parts: 0,
            state: State::Paused,
            milliseconds: 0.0,
            start: now(),
            cast_shown: 0.0,
        }
    }

    /// Whether it is in this state.
    pub(crate) fn is(&self, state: State) -> bool {
        self.state == state
    }

    /// Whether this job is at it.
    pub(crate) fn is_writing(&self, job: u32) -> bool {
        self.job == job && self.is(State::Writing)
    }

    /// Number of the job that is, or was last, at it.
    pub(crate) fn job(&self) -> u32 {
        self.job
    }

    /// How many scripts there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Characters that the first script is to have behind its prompt.
    pub(crate) fn length(&self) -> u32 {
        self.rows.first().map_or(0, |row| row.request.length)
    }

    /// The first script.
    pub(crate) fn first_view(&self) -> Option<&ScriptView> {
        self.rows.first().map(|row| &row.view)
    }

    /// The job of this number begins.
    pub(crate) fn begin(&mut self, job: u32) {
        self.job = job;
        self.state = State::Writing;
        self.start = now();
    }

    /// Stops the clock, if it runs.
    pub(crate) fn halt(&mut self, state: State) {
        if self.is(State::Writing) {
            self.milliseconds += now() - self.start;
        }
        self.state = state;
    }

    /// Wants so many more characters behind what is there.
    pub(crate) fn lengthen(&mut self, more: u32) {
        for row in &mut self.rows {
            row.request.length = (row.written.len() as u32).saturating_add(more);
        }
        self.state = State::Paused;
    }

    /// Gives the rows that are not complete to so many writers in turn.
    pub(crate) fn divide(&mut self, writers: usize) {
        self.parts = vec![Vec::new(); writers];
        let open = self.rows.iter().enumerate();
        let open = open.filter(|(_, row)| (row.written.len() as u32) < row.request.length);
        for (turn, (row, _)) in open.enumerate() {
            self.parts[turn % writers].push(row);
        }
        self.open_parts = writers;
    }

    /// Whether several writers are at it.
    pub(crate) fn is_shared(&self) -> bool {
        self.parts.len() > 1
    }

    /// What is still to be written by one of them.
    pub(crate) fn requests(&self, part: usize) -> Vec<Request> {
        let rows = self.parts[part].iter().map(|&row| &self.rows[row]);
        rows.map(|row| row.request.clone().after(&row.written)).collect()
    }

    /// Which rows a writer has.
    pub(crate) fn part(&self, part: usize) -> Vec<usize> {
        self.parts.get(part).cloned().unwrap_or_default()
    }

    /// Adds characters to a script; gives them as text.
    pub(crate) fn append(&mut self, row: usize, ids: &[u32]) -> String {
        let text = self.loaded.weights.vocab.decode(ids);
        let row = &mut self.rows[row];
        row.written.extend_from_slice(ids);
        row.view.append(&text);
        text
    }

    /// A writer is done with its part; says whether it was the last one.
    pub(crate) fn finish_part(&mut self) -> bool {
        self.open_parts = self.open_parts.saturating_sub(1);
        self.open_parts == 0
    }

    /// Whether the cast was listed some time ago; if so, it counts as listed now.
    pub(crate) fn is_time_for_cast(&mut self) -> bool {
        let is_time = now() - self.cast_shown > CAST_EVERY_MILLISECONDS;
        if is_time {
            self.cast_shown = now();
        }
        is_time
    }

    /// What is written, script by script.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        self.rows.iter().map(|row| self.loaded.weights.vocab.decode(&row.written))
    }

    /// How much was written, by whom and how fast.
    pub(crate) fn summary(&self) -> String {
        let count: usize = self.rows.iter().map(|row| row.written.len()).sum();
        let seconds = (self.milliseconds / 1000.0).max(0.001);
        let engine = word(if self.on_webgpu { "webgpu-engine" } else { "cpu-engine" });
        words(
            "summary",
            &[
                ("count", &grouped(count as f64)),
                ("engine", &engine),
                ("speed", &grouped(count as f64 / seconds)),
            ],
        )
    }
}
