//! The site's version: one name for all of its files together, written into the page and into each of its programs, so that
//! a page takes no program of another version for its own.

use std::path::Path;

use anyhow::{Context, Result};

use crate::files::{find, read, sha256, write};

/// The place of the version in a file.
const PLACE: &str = "SITE_VERSION";
/// Files that name it.
const NAMED_IN: [&str; 5] = ["index.html", "bench.html", "start.js", "engine_loader.js", "service-worker.js"];
/// Digits of the version.
const DIGITS: usize = 16;

/// Writes the version into the folder of a built site.
pub(crate) fn write_into(site: &Path) -> Result<()> {
    let mut paths = Vec::new();
    find(site, "", &mut paths)?;
    paths.sort();
    let mut all = String::new();
    for path in &paths {
        all += path;
        all += &sha256(&read(&site.join(path))?);
    }
    let version = sha256(all.as_bytes());
    let version = version.get(..DIGITS).unwrap_or(&version);
    for path in &paths {
        let file = site.join(path);
        if NAMED_IN.contains(&path.as_str()) {
            let named = text(&file)?.replace(PLACE, version);
            write(&file, named.as_bytes())?;
        } else if is_glue(path, &paths) {
            write(&file, with_version(text(&file)?, version).as_bytes())?;
        }
    }
    Ok(())
}

/// Whether a page asks for a file by its version too.
pub(crate) fn is_versioned(path: &str, paths: &[String]) -> bool {
    let named = NAMED_IN.contains(&path) && path.ends_with(".js");
    named || path.ends_with("_bg.wasm") || is_glue(path, paths)
}

/// Whether a file is what wasm-bindgen puts around a program.
fn is_glue(path: &str, paths: &[String]) -> bool {
    let program = path.strip_suffix(".js").map(|name| format!("{name}_bg.wasm"));
    program.is_some_and(|program| paths.contains(&program))
}

/// A program that says which version it is of: as a module, or to the worker that it is loaded into.
fn with_version(mut program: String, version: &str) -> String {
    let is_module = program.lines().any(|line| line.starts_with("export "));
    let place = if is_module { "export const siteVersion" } else { "self.siteVersion" };
    program += &format!("\n{place} = \"{version}\";\n");
    program
}

fn text(file: &Path) -> Result<String> {
    String::from_utf8(read(file)?).with_context(|| format!("{} is not UTF-8", file.display()))
}

#[cfg(test)]
mod tests {
    use super::{is_versioned, with_version};

    #[test]
    fn programs_say_their_version_as_they_are_loaded() {
        let module = with_version("export { a as default };".to_owned(), "1a");
        assert_eq!(module, "export { a as default };\nexport const siteVersion = \"1a\";\n");
        let script = with_version("let wasm_bindgen = 'no export ';".to_owned(), "1a");
        assert!(script.ends_with("\nself.siteVersion = \"1a\";\n"), "{script}");
    }

    #[test]
    fn programs_alone_are_asked_for_by_version() {
        let paths = ["page.js", "page_bg.wasm", "start.js", "offline.js", "index.html"].map(str::to_owned);
        let versioned: Vec<&str> =
            paths.iter().map(String::as_str).filter(|path| is_versioned(path, &paths)).collect();
        assert_eq!(versioned, ["page.js", "page_bg.wasm", "start.js"]);
    }
}
