//! How a training goes, as the visitor sees it: figures, curves, and the same numbers as a table.

use std::cell::RefCell;

use wasm_bindgen::JsValue;
use web::{
    dom::{Result, append, create, element, set, set_hidden, set_property, set_text},
    messages::learner::{Begun, Epoch, Progress},
    numbers::{fixed, grouped},
    words::words,
};

use crate::{
    count::{loss, time},
    curve::Curves,
    log::Log,
};

/// Rows of the table for each epoch that is not done.
const ROWS: f64 = 10.0;

/// A training as it is seen.
#[derive(Default)]
pub(crate) struct Watch {
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// Steps of an epoch, and how many epochs there are to be.
    steps: f64,
    epochs: u32,
    curves: Curves,
    log: Log,
    /// What of the epoch that is not done has a row: its number, and how many tenths.
    rows: (u32, f64),
    /// Seconds until the last epoch was done.
    secs: f64,
}

impl Watch {
    /// A training begins, or goes on.
    pub(crate) fn begin(&self, begun: &Begun) -> Result<()> {
        let mut state =
            State { steps: begun.steps.max(1.0), epochs: begun.settings.epochs, ..State::default() };
        element("train-table")?.set_text_content(None);
        for epoch in &begun.history {
            state.take(epoch)?;
        }
        *self.state.borrow_mut() = state;
        for id in ["train-progress", "train-line", "train-course"] {
            set_hidden(id, false);
        }
        self.state.borrow().draw()
    }

    /// Steps were done; gives how many an epoch has.
    pub(crate) fn step(&self, progress: &Progress) -> Result<f64> {
        let mut state = self.state.borrow_mut();
        let share = progress.step / state.steps;
        let epochs = f64::from(progress.epoch.saturating_sub(1)) + share;
        if progress.validated.is_none() {
            state.curves.add_loss((epochs, progress.recent_loss));
        }
        let steps = state.steps;
        let of_epochs = state.epochs;
        state.log.step(progress, steps, of_epochs);
        state.add_row(progress, share)?;
        let bar = element("train-progress")?;
        set_property(&bar, "value", &JsValue::from_f64(progress.validated.unwrap_or(share)));
        let places = [
            ("epoch", progress.epoch.to_string()),
            ("epochs", of_epochs.to_string()),
            ("step", grouped(progress.step)),
            ("steps", grouped(steps)),
            ("loss", loss(progress.recent_loss)),
            ("speed", grouped(progress.chars_per_second)),
            ("left", time(progress.left_secs)),
            ("done", fixed(100.0 * progress.validated.unwrap_or_default(), 0)),
        ];
        let places: Vec<(&str, &str)> = places.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let line = match progress.validated {
            None => words("train-line", &places),
            Some(_) => words("train-line-validation", &places),
        };
        set_text("train-line", &line);
        state.draw()?;
        Ok(steps)
    }

    /// An epoch is done.
    pub(crate) fn epoch(&self, epoch: &Epoch) -> Result<()> {
        let mut state = self.state.borrow_mut();
        state.take(epoch)?;
        state.draw()
    }

    /// Nothing is being done any more.
    pub(crate) fn end(&self) {
        for id in ["train-progress", "train-line"] {
            set_hidden(id, true);
        }
    }
}

impl State {
    fn take(&mut self, epoch: &Epoch) -> Result<()> {
        let at = f64::from(epoch.epoch);
        self.curves.add_validation((at, epoch.val_loss));
        // Of a training that goes on these are all the points that there are of its past.
        if self.curves.ends().is_none_or(|(_, (last, _))| last < at - 1.0) {
            self.curves.add_loss((at, epoch.loss));
        }
        let secs = epoch.secs - self.secs;
        self.secs = epoch.secs;
        self.log.epoch(epoch, self.steps, self.epochs, secs);
        self.rows = (epoch.epoch + 1, 0.0);
        let table = element("train-table")?;
        // The finished epoch's row stands for those on the way to it.
        for row in web::dom::all(&table, ".on-the-way") {
            row.remove();
        }
        let cells = [epoch.epoch.to_string(), loss(epoch.loss), loss(epoch.val_loss), fixed(epoch.secs, 0)];
        let row = row(&cells)?;
        if epoch.best {
            set(&row, "class", "best");
        }
        append(&table, &row);
        Ok(())
    }

    fn add_row(&mut self, progress: &Progress, share: f64) -> Result<()> {
        let tenths = (ROWS * share).floor();
        let is_new = self.rows.0 != progress.epoch || tenths > self.rows.1;
        if !is_new || tenths < 1.0 || progress.validated.is_some() {
            return Ok(());
        }
        self.rows = (progress.epoch, tenths);
        let epochs = f64::from(progress.epoch.saturating_sub(1)) + tenths / ROWS;
        let row = row(&[fixed(epochs, 1), loss(progress.recent_loss), String::new(), String::new()])?;
        set(&row, "class", "on-the-way");
        append(&*element("train-table")?, &row);
        Ok(())
    }

    fn draw(&self) -> Result<()> {
        let drawing = self.curves.draw();
        for (id, points) in [("curve-loss", &drawing.loss), ("curve-validation", &drawing.validation)] {
            if let Some(curve) = web::dom::document()?.get_element_by_id(id) {
                set(&curve, "points", points);
            }
        }
        let [top, bottom] = drawing.losses;
        let digits = if drawing.epochs < 10.0 { 2 } else { 0 };
        let end = words("curve-epochs", &[("number", &fixed(drawing.epochs, digits))]);
        for (id, text) in
            [("curve-top", fixed(top, 1)), ("curve-bottom", fixed(bottom, 1)), ("curve-end", end)]
        {
            if let Some(label) = web::dom::document()?.get_element_by_id(id) {
                label.set_text_content(Some(&text));
            }
        }
        set_text("curves-words", &self.describe());
        set_text("train-log", self.log.text());
        Ok(())
    }

    /// The curves in a sentence.
    fn describe(&self) -> String {
        let Some(((_, first), (epochs, last))) = self.curves.ends() else { return String::new() };
        let (first, last, epochs) = (fixed(first, 2), fixed(last, 2), fixed(epochs, 2));
        let places = [("first", first.as_str()), ("last", &last), ("epochs", &epochs)];
        match self.curves.last_validation() {
            None => words("curves", &places),
            Some(validation) => {
                let validation = fixed(validation, 2);
                words("curves-validation", &[&places[..], &[("validation", &validation)]].concat())
            }
        }
    }
}

fn row(cells: &[String]) -> Result<web_sys::HtmlElement> {
    let row = create("tr", "", "")?;
    for cell in cells {
        append(&row, &*create("td", "", cell)?);
    }
    Ok(row)
}
