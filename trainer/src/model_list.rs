//! The list of models that the page is built with: `models.json` in the folder of its weights.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::files::write_atomic;

/// Name of the list.
const LIST: &str = "models.json";

/// The list with all its fields, those that this program does not know too.
pub(crate) struct ModelList {
    path: PathBuf,
    fields: Map<String, Value>,
}

impl ModelList {
    /// Reads the list in a folder.
    ///
    /// # Errors
    /// If it cannot be read or is no JSON object.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(LIST);
        let shown = path.display();
        let text = fs::read_to_string(&path).with_context(|| {
            format!("cannot read {shown}; run this in the project's folder, or name the page's folder of weights with --into")
        })?;
        match serde_json::from_str(&text) {
            Ok(Value::Object(fields)) => Ok(Self { fields, path }),
            Ok(_) => bail!("{shown} is no object with a list `models`; correct it"),
            Err(error) => bail!("{shown} is not JSON ({error}); correct it"),
        }
    }

    /// Puts an entry into the list: first, or in the place of one with the same id, or last.
    ///
    /// # Errors
    /// If the object has no list of models.
    pub(crate) fn put(&mut self, entry: Value, first: bool) -> Result<()> {
        let Some(models) = self.fields.get_mut("models").and_then(Value::as_array_mut) else {
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

    /// Writes the list where it was read.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn write(self) -> Result<()> {
        let mut text = serde_json::to_string_pretty(&Value::Object(self.fields))?;
        text.push('\n');
        write_atomic(&self.path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_takes_its_own_place() {
        let list =
            |value: Value| ModelList { path: PathBuf::new(), fields: value.as_object().unwrap().clone() };
        let mut models = list(json!({ "models": [{ "id": "a" }, { "id": "b" }] }));
        let ids = |list: &ModelList| {
            let models = list.fields["models"].as_array().unwrap();
            models.iter().map(|model| model["id"].as_str().unwrap().to_owned()).collect::<Vec<String>>()
        };
        models.put(json!({ "id": "c" }), false).unwrap();
        assert_eq!(ids(&models), ["a", "b", "c"]);
        models.put(json!({ "id": "b", "title": "B" }), false).unwrap();
        assert_eq!(
            (ids(&models), &models.fields["models"][1]["title"]),
            (vec!["a".into(), "b".into(), "c".into()], &json!("B"))
        );
        models.put(json!({ "id": "c" }), true).unwrap();
        assert_eq!(ids(&models), ["c", "a", "b"]);
        assert!(list(json!({})).put(json!({}), false).is_err());
    }
}
