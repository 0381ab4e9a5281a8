//! What a run shows while it goes: a dashboard on a terminal, plain lines elsewhere, JSON, or nothing.

mod dashboard;
mod plain;

use std::io::{self, IsTerminal, Write};

use training::{Event, History};

use self::{dashboard::Dashboard, plain::Plain};
use crate::printable::printable_json;

/// Where what happens is shown.
#[derive(Debug)]
pub enum Show {
    /// Nowhere; errors are printed all the same.
    Nothing,
    /// To a program: one JSON object a line.
    Json,
    /// To a person, in lines.
    Plain(Plain),
    /// To a person at a terminal.
    Dashboard(Box<Dashboard>),
}

impl Show {
    /// What fits the flags `--quiet` and `--json`, and where the output goes.
    pub fn new(quiet: bool, json: bool) -> Self {
        match (quiet, json) {
            (true, _) => Self::Nothing,
            (_, true) => Self::Json,
            _ if io::stdout().is_terminal() => match Dashboard::open() {
                Ok(dashboard) => Self::Dashboard(Box::new(dashboard)),
                // A terminal that cannot say where its cursor is.
                Err(_) => Self::Plain(Plain::default()),
            },
            _ => Self::Plain(Plain::default()),
        }
    }

    /// Shows an event. That nobody reads it any more is no reason to end a training.
    pub(crate) fn update(&mut self, event: &Event, history: &History) {
        match self {
            Self::Nothing => {}
            Self::Json => {
                if let Ok(line) = serde_json::to_string(event) {
                    let _ = writeln!(io::stdout(), "{}", printable_json(&line));
                }
            }
            Self::Plain(plain) => plain.update(event),
            Self::Dashboard(dashboard) => {
                if dashboard.update(event, history).is_err() {
                    *self = Self::Plain(Plain::default());
                }
            }
        }
    }
}
