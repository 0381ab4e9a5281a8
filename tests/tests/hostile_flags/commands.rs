//! The program's commands and their flags, as it declares them itself.

use std::ffi::OsString;

use clap::{Arg, CommandFactory};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::values;

/// A command with flags that are good.
pub(crate) struct Known {
    name: String,
    good: Vec<(&'static str, &'static str)>,
    pub(crate) flags: Vec<Flag>,
}

/// What may be given to a command: `--name`, or a place.
pub(crate) struct Flag {
    /// With its dashes; nothing for a place.
    name: Option<String>,
    id: String,
    takes_value: bool,
}

/// What each command needs to do something.
fn good(command: &str) -> Vec<(&'static str, &'static str)> {
    match command {
        "corpus" => vec![("--corpus", "text.txt")],
        "train" => vec![
            ("--corpus", "text.txt"),
            ("--hidden", "4"),
            ("--batch", "8"),
            ("--time", "16"),
            ("--epochs", "1"),
            ("--device", "cpu"),
            ("--out", "run"),
        ],
        "eval" => vec![("--weights", "model.safetensors"), ("--corpus", "text.txt")],
        "sample" => vec![("--weights", "model.safetensors"), ("--length", "20")],
        "convert" => vec![("--weights", "model.safetensors"), ("--out", "new"), ("--precision", "f32")],
        "import" => vec![("", "model.keras"), ("--vocab", "vocabulary.json"), ("--out", "new")],
        "export" => vec![("--weights", "model.safetensors"), ("--to", "onnx"), ("--out", "new")],
        "publish" => vec![("--weights", "model.safetensors"), ("--title", "A title"), ("--into", "page")],
        other => panic!("what does {other} need?"),
    }
}

/// All commands but `help`.
pub(crate) fn all() -> Vec<Known> {
    let mut cli = trainer::cli::Cli::command();
    cli.build();
    let commands = cli.get_subcommands().filter(|command| command.get_name() != "help");
    commands
        .map(|command| Known {
            name: command.get_name().to_owned(),
            good: good(command.get_name()),
            flags: command.get_arguments().filter(|flag| flag.get_id() != "help").map(Flag::of).collect(),
        })
        .collect()
}

impl Flag {
    fn of(flag: &Arg) -> Self {
        Self {
            name: flag.get_long().map(|name| format!("--{name}")),
            id: flag.get_id().to_string(),
            takes_value: flag.get_action().takes_values(),
        }
    }

    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

impl Known {
    /// A command line with hostile values of these flags and good ones of those that it needs beside them.
    pub(crate) fn with(&self, hostile: &[&Flag], random: &mut ChaCha8Rng) -> Vec<OsString> {
        let mut arguments = vec![OsString::from(&self.name)];
        let is_hostile = |name: &str| hostile.iter().any(|flag| flag.name() == name);
        // What goes on takes its settings from the checkpoint.
        let resumes = is_hostile("--resume");
        for (name, value) in &self.good {
            if !is_hostile(name) && (!resumes || *name == "--device") {
                arguments.extend([*name, *value].iter().filter(|part| !part.is_empty()).map(OsString::from));
            }
        }
        for flag in hostile {
            let value = values::hostile(&flag.id, random);
            let glued = random.random_bool(0.5);
            match &flag.name {
                Some(name) if !flag.takes_value => arguments.push(name.into()),
                // `--flag=value` reaches the flag whatever the value looks like.
                Some(name) if glued => {
                    let mut both = OsString::from(format!("{name}="));
                    both.push(value);
                    arguments.push(both);
                }
                Some(name) => arguments.extend([name.into(), value]),
                None => arguments.push(value),
            }
        }
        arguments
    }
}
