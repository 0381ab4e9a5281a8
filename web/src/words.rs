//! The page's English: index.html has all of it, in a template, so that a translation is another index.html.

use web_sys::HtmlTemplateElement;

use crate::dom::by_id;

/// A text by its name.
pub fn word(name: &str) -> String {
    by_id::<HtmlTemplateElement>("words")
        .ok()
        .and_then(|template| template.content().query_selector(&["[data-word=", name, "]"].concat()).ok()?)
        .and_then(|element| element.text_content())
        // The measuring page has no words; its driver is content with the name.
        .unwrap_or_else(|| name.to_owned())
}

/// A text by its name, in which each `{place}` is filled.
pub fn words(name: &str, places: &[(&str, &str)]) -> String {
    fill(&word(name), places)
}

/// `text` with each `{place}` filled; what is filled in is not looked at again.
fn fill(text: &str, places: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut parts = text.split('{');
    filled.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (place, rest) = part.split_once('}').unwrap_or(("", part));
        let value = places.iter().find(|(name, _)| *name == place).map_or("", |(_, value)| value);
        filled.push_str(value);
        filled.push_str(rest);
    }
    if text.contains('{') {
        return filled;
    }
    // What is wrong is said even if there are no words.
    for (_, value) in places {
        filled.push(' ');
        filled.push_str(value);
    }
    filled
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn fills_each_place_once() {
        let places = [("a", "{b}"), ("b", "2")];
        assert_eq!(fill("{a} and {b}, {c}.", &places), "{b} and 2, .");
        assert_eq!(fill("name", &places), "name {b} 2");
    }

    /// The names in quotes that the sources ask for with `word(` or `words(`.
    fn asked_for(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                asked_for(&path, names);
            } else {
                let source = fs::read_to_string(&path).unwrap();
                // Tests ask for nothing.
                let source = source.split("#[cfg(test)]").next().unwrap();
                for call in ["word(", "words("] {
                    for (_, rest) in
                        source.match_indices(call).map(|(at, _)| source[at..].split_at(call.len()))
                    {
                        if let Some(name) =
                            rest.trim_start().strip_prefix('"').and_then(|r| r.split_once('"'))
                        {
                            names.insert(name.0.to_owned());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_word_asked_for_is_in_the_page() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut names = BTreeSet::new();
        asked_for(&folder.join("src"), &mut names);
        let page = fs::read_to_string(folder.join("../index.html")).unwrap();
        let missing: Vec<&String> =
            names.iter().filter(|name| !page.contains(&format!("data-word=\"{name}\""))).collect();
        assert!(names.len() > 20 && missing.is_empty(), "{missing:?}");
    }
}
