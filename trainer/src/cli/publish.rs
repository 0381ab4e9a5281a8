//! `scriptorium publish`: a model on the page.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use model::{Precision, Vocab};
use serde_json::json;

use super::print::print;
use crate::{files::write_atomic, model_list::ModelList, weights::load_weights};

/// What the page's names of models that visitors bring begin with.
const OWN: &str = "own-";

#[derive(Debug, Args)]
pub(super) struct Publish {
    /// The weights file
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Its name for people
    #[arg(long)]
    title: String,
    /// Its name in links: letters, digits and hyphens [default: made of the title]
    #[arg(long)]
    id: Option<String>,
    /// Prompts to pick from, the first to begin with
    #[arg(long, num_args = 1.., value_name = "TEXT")]
    prompt: Vec<String>,
    /// Make it the one that the page opens with
    #[arg(long)]
    first: bool,
    /// The folder with the page's weights and their list
    #[arg(long, value_name = "FOLDER", default_value = "weights")]
    into: PathBuf,
    /// Replace another model's file of that name
    #[arg(long)]
    force: bool,
}

impl Publish {
    /// Writes the weights, in int8, and then the list.
    pub(super) fn run(&self) -> Result<()> {
        let weights = load_weights(&self.weights)?;
        let id = match &self.id {
            Some(id) => id.clone(),
            None => id_of(&self.title),
        };
        if id.starts_with(OWN) {
            bail!(
                "names in links that begin with {OWN} are those of visitors' own models; give another with --id"
            );
        }
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            bail!("--id {id:?} cannot be used in links; give letters, digits and hyphens");
        }
        let prompts = self.checked_prompts(&weights.vocab)?;
        let mut list = ModelList::read(&self.into)?;
        let file = format!("{id}.safetensors");
        let path = self.into.join(&file);
        list.put(json!({ "id": id, "title": self.title, "file": file, "prompts": prompts }), self.first)?;
        let bytes = weights.to_bytes(Precision::I8)?;
        if !self.force && holds_another(&path, &bytes) {
            bail!(
                "{} exists and holds another model; give another name with --id, or replace it with --force",
                path.display()
            );
        }
        write_atomic(&path, &bytes)?;
        list.write()?;
        print(format!(
            "{} is in {}; `cargo xtask build` makes the site with it",
            self.title,
            self.into.display()
        ))
    }

    /// The prompts, which the model must be able to read; a line end if there are none.
    fn checked_prompts(&self, vocab: &Vocab) -> Result<Vec<String>> {
        for prompt in &self.prompt {
            vocab.encode(prompt).with_context(|| format!("--prompt {prompt:?} cannot be used"))?;
        }
        match self.prompt.as_slice() {
            [] => Ok(vec![if vocab.id('\n').is_some() { "\n".to_owned() } else { String::new() }]),
            prompts => Ok(prompts.to_vec()),
        }
    }
}

/// Whether there is a file that does not hold just these bytes.
fn holds_another(path: &Path, bytes: &[u8]) -> bool {
    match fs::read(path) {
        Ok(found) => found != bytes,
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// A title's letters and digits in lower case, with hyphens between the words.
fn id_of(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let id = words.map(str::to_ascii_lowercase).collect::<Vec<String>>().join("-");
    if id.starts_with(OWN) { ["our-", &id].concat() } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_an_id_of_a_title() {
        assert_eq!(id_of("Shakespeare's plays, 2nd try"), "shakespeare-s-plays-2nd-try");
        assert_eq!(id_of("пьесы"), "");
        // Not as the page calls a visitor's own.
        assert_eq!(id_of("Own words"), "our-own-words");
    }
}
