//! What a run shows while it goes: a dashboard on a terminal, plain lines elsewhere, JSON, or nothing.

mod dashboard;
mod plain;

use std::io::{self, IsTerminal, Write};

use self::{dashboard::Dashboard, plain::Plain};
use crate::{event::Event, run::History};

/// Who is told.
#[derive(Debug)]
pub enum Show {
    /// Nobody; errors are printed all the same.
    Nothing,
    /// A program: one JSON object a line.
    Json,
    /// A person, in lines.
    Plain(Plain),
    /// A person at a terminal.
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
    pub(crate) fn tell(&mut self, event: &Event, history: &History) {
        match self {
            Self::Nothing => {}
            Self::Json => {
                if let Ok(line) = serde_json::to_string(event) {
                    let _ = writeln!(io::stdout(), "{line}");
                }
            }
            Self::Plain(plain) => plain.tell(event),
            Self::Dashboard(dashboard) => {
                if dashboard.tell(event, history).is_err() {
                    *self = Self::Plain(Plain::default());
                }
            }
        }
    }
}
