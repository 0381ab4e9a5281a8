//! Names by which the programs of the page find what they share in the document: properties and events of the window.

/// The property with the bytes of the weights file in use.
pub const WEIGHTS: &str = "scriptoriumWeights";
/// The property with the model that a visitor brought.
pub const BROUGHT_MODEL: &str = "scriptoriumBrought";
/// The event of a model that was loaded.
pub const LOADED: &str = "scriptorium-loaded";
/// The event of a script that was begun.
pub const BEGAN: &str = "scriptorium-began";
/// The event of a script that is complete, or was stopped.
pub const DONE: &str = "scriptorium-done";
/// The event of a model that a visitor brought.
pub const BROUGHT: &str = "scriptorium-brought";
/// The property with a message of the embedding page's that is about a training.
pub const MESSAGE: &str = "scriptoriumMessage";
/// The event of such a message.
pub const SAID: &str = "scriptorium-said";

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Plain scripts cannot take the names from here.
    #[test]
    fn plain_scripts_use_these_names() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "js") {
                continue;
            }
            let script = fs::read_to_string(&path).unwrap();
            for name in script.split(['"', '\'']).filter(|name| name.starts_with("scriptorium-")) {
                assert!([LOADED, BEGAN, DONE, BROUGHT].contains(&name), "{}: {name}", path.display());
                count += 1;
            }
        }
        assert!(count > 0);
    }
}
