//! One script in the making.

use std::rc::Rc;

use model::{Request, Writer};

use super::{App, show};
use crate::{dom::now, speed, turn::give_turn};

/// Milliseconds the CPU writes before the browser gets a turn.
const SLICE_MILLISECONDS: f64 = 8.0;
/// Milliseconds between two listings of the cast.
const CAST_EVERY_MILLISECONDS: f64 = 250.0;

/// A script that is being written, or was the last.
pub(super) struct Run {
    job: u32,
    request: Request,
    prompt: String,
    written: Vec<u32>,
    text: String,
    /// The last chunk of the text on the page.
    chunk: String,
    on_webgpu: bool,
    finished: bool,
    start: f64,
    cast_shown: f64,
}

impl Run {
    pub(super) fn new(job: u32, request: Request, prompt: String, on_webgpu: bool) -> Self {
        Self {
            job,
            request,
            prompt,
            written: Vec::new(),
            text: String::new(),
            chunk: String::new(),
            on_webgpu,
            finished: false,
            start: now(),
            cast_shown: 0.0,
        }
    }

    pub(super) fn unfinished_on_webgpu(&self) -> Option<u32> {
        (self.on_webgpu && !self.finished).then_some(self.job)
    }

    fn script(&self) -> String {
        format!("{}{}", self.prompt, self.text)
    }

    fn summary(&self) -> String {
        let count = self.written.len() as f64;
        let seconds = ((now() - self.start) / 1000.0).max(0.001);
        format!(
            "{} characters, written by the {} at {} characters a second.",
            speed::grouped(count),
            if self.on_webgpu { "WebGPU engine" } else { "CPU engine" },
            speed::grouped(count / seconds)
        )
    }
}

impl App {
    /// Writes (or goes on with) a job's script in slices, between which the page lives.
    pub(super) async fn write_on_cpu(self: Rc<Self>, job: u32) {
        let Some(loaded) = self.loaded.borrow().clone() else { return };
        let writer = {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.job == job) else { return };
            run.on_webgpu = false;
            Writer::after(loaded.generator.clone(), run.request.clone(), &run.written)
        };
        let mut writer = writer;
        let mut ids = Vec::new();
        loop {
            let end = now() + SLICE_MILLISECONDS;
            ids.clear();
            // The clock is asked after every few characters: asking costs as much as a small model's step.
            while now() < end {
                let before = ids.len();
                ids.extend(writer.by_ref().take(8));
                if ids.len() < before + 8 {
                    break;
                }
            }
            if ids.is_empty() {
                return self.finish(job);
            }
            if !self.is_writing(job) {
                return;
            }
            self.append(job, &ids);
            give_turn().await;
        }
    }

    fn is_writing(&self, job: u32) -> bool {
        self.run.borrow().as_ref().is_some_and(|run| run.job == job && !run.finished)
    }

    /// Adds characters to a job's script, if it is still the one being written.
    pub(super) fn append(&self, job: u32, ids: &[u32]) {
        let mut run = self.run.borrow_mut();
        let (Some(run), Some(loaded)) = (run.as_mut(), self.loaded.borrow().clone()) else { return };
        if run.job != job || run.finished {
            return;
        }
        let text = loaded.weights.vocab.decode(ids);
        run.written.extend_from_slice(ids);
        run.text.push_str(&text);
        show::append(&text, &mut run.chunk);
        if now() - run.cast_shown > CAST_EVERY_MILLISECONDS {
            run.cast_shown = now();
            show::cast(&run.script());
            show::speed(&run.summary());
        }
    }

    /// Ends a job's script: it is whole, or the visitor stopped it.
    pub(super) fn finish(&self, job: u32) {
        let mut run = self.run.borrow_mut();
        let Some(run) = run.as_mut().filter(|run| run.job == job && !run.finished) else { return };
        run.finished = true;
        show::cast(&run.script());
        show::end(&run.summary());
    }
}
