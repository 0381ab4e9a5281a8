//! A model on the page: its weights file and its line in the list that the page is built with.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use model::{Precision, Vocab};
use serde_json::{Map, Value, json};

use crate::{files::write_whole, sample::load_weights};

/// Name of the list.
const LIST: &str = "models.json";

/// Put a model on the page: the site that is built afterwards has it.
#[derive(Debug, Args)]
pub struct PublishCommand {
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
}

impl PublishCommand {
    /// Writes the weights, in int8, and then the list.
    ///
    /// # Errors
    /// Where the weights or the list cannot be read or written, or a prompt has characters that the model does not know.
    pub fn run(&self) -> Result<()> {
        let weights = load_weights(&self.weights)?;
        let id = match &self.id {
            Some(id) => id.clone(),
            None => id_of(&self.title),
        };
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            bail!("--id {id:?} cannot be used in links; give letters, digits and hyphens");
        }
        let prompts = self.checked_prompts(&weights.vocab)?;
        let list_path = self.into.join(LIST);
        let mut list = read_list(&list_path)?;
        let file = format!("{id}.safetensors");
        let entry = json!({ "id": id, "title": self.title, "file": file, "prompts": prompts });
        put(&mut list, entry, self.first)?;
        write_whole(&self.into.join(&file), &weights.to_bytes(Precision::I8)?)?;
        let mut text = serde_json::to_string_pretty(&Value::Object(list))?;
        text.push('\n');
        write_whole(&list_path, text.as_bytes())?;
        println!("{} is in {}; `cargo xtask build` makes the site with it", self.title, self.into.display());
        Ok(())
    }

    /// The prompts, which the model must be able to read; a new line where there are none.
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

/// A title's letters and digits in lower case, with hyphens between the words.
fn id_of(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<String>>().join("-")
}

fn read_list(path: &Path) -> Result<Map<String, Value>> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| {
        format!("cannot read {shown}; run this in the project's folder, or name the page's folder of weights with --into")
    })?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(list)) => Ok(list),
        Ok(_) => bail!("{shown} is no object with a list `models`; correct it"),
        Err(error) => bail!("{shown} is not JSON ({error}); correct it"),
    }
}

/// Puts an entry into the list, in the place of one of the same id.
fn put(list: &mut Map<String, Value>, entry: Value, first: bool) -> Result<()> {
    let Some(models) = list.get_mut("models").and_then(Value::as_array_mut) else {
        bail!("{LIST} has no list `models`; add it");
    };
    let known = models.iter().position(|model| model["id"] == entry["id"]);
    let at = match (first, known) {
        (true, _) => 0,
        (false, Some(at)) => at,
        (false, None) => models.len(),
    };
    if let Some(known) = known {
        models.remove(known);
    }
    models.insert(at, entry);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_an_id_of_a_title() {
        assert_eq!(id_of("Shakespeare's plays, 2nd try"), "shakespeare-s-plays-2nd-try");
        assert_eq!(id_of("пьесы"), "");
    }

    #[test]
    fn an_entry_takes_its_own_place() {
        let mut list = json!({ "models": [{ "id": "a" }, { "id": "b" }] }).as_object().unwrap().clone();
        let ids = |list: &Map<String, Value>| {
            let models = list["models"].as_array().unwrap();
            models.iter().map(|model| model["id"].as_str().unwrap().to_owned()).collect::<Vec<String>>()
        };
        put(&mut list, json!({ "id": "c" }), false).unwrap();
        assert_eq!(ids(&list), ["a", "b", "c"]);
        put(&mut list, json!({ "id": "b", "title": "B" }), false).unwrap();
        assert_eq!(
            (ids(&list), &list["models"][1]["title"]),
            (vec!["a".into(), "b".into(), "c".into()], &json!("B"))
        );
        put(&mut list, json!({ "id": "c" }), true).unwrap();
        assert_eq!(ids(&list), ["c", "a", "b"]);
        assert!(put(&mut Map::new(), json!({}), false).is_err());
    }
}
