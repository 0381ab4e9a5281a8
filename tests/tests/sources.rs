//! What is said of the sources holds: which crates they use, and where they are unsafe (docs/dependencies.md).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::Context;
use tests::{Result, root};

const CRATES: [&str; 9] =
    ["corpus", "exchange", "fuzz", "model", "tests", "trainer", "training", "web", "xtask"];

/// The document's part on dependencies, and the part on what is unsafe.
fn document() -> Result<(String, String)> {
    let document = fs::read_to_string(root().join("docs/dependencies.md"))?;
    let parts =
        document.split_once("## Unsafe").context("docs/dependencies.md has no part on what is unsafe")?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
}

/// What stands in backticks in the first cells of the document's tables.
fn listed(text: &str) -> BTreeSet<String> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    cells
        .flat_map(|cell| cell.split('`').step_by(2))
        .map(|name| name.trim().to_owned())
        .filter(|n| !n.is_empty() && n != ",")
        .collect()
}

#[test]
fn every_dependency_has_its_reason() -> Result {
    let (dependencies, _) = document()?;
    let mut used = BTreeSet::new();
    for folder in CRATES {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml"))?;
        let mut of_crates = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                of_crates = line.ends_with("dependencies]");
                if let Some((_, name)) = line.split_once("dependencies.") {
                    used.insert(name.trim_end_matches(']').to_owned());
                }
            } else if let (true, Some((name, value))) = (of_crates, line.split_once(" = ")) {
                // Renamed where two versions are needed.
                let renamed = value.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next());
                used.insert(renamed.unwrap_or(name).to_owned());
            }
        }
    }
    used.retain(|name| !CRATES.contains(&name.as_str()));
    assert_eq!(listed(&dependencies), used);
    Ok(())
}

/// Counts the unsafe blocks and declarations of all Rust files below a folder, by their paths.
fn count(folder: &Path, found: &mut BTreeMap<String, usize>) -> Result {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            count(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path)?;
            // In two, so that this test does not count itself.
            let places = ["{", "fn", "impl", "extern"].map(|what| ["un", "safe ", what].concat());
            let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
            let of_line =
                |line: &str| places.iter().map(|place| line.matches(place.as_str()).count()).sum::<usize>();
            let unsafes: usize = code.map(of_line).sum();
            if unsafes > 0 {
                let path = path.strip_prefix(root())?.to_string_lossy().replace('\\', "/");
                found.insert(path, unsafes);
            }
        }
    }
    Ok(())
}

#[test]
fn all_that_is_unsafe_is_counted() -> Result {
    let mut found = BTreeMap::new();
    for folder in CRATES {
        count(&root().join(folder), &mut found)?;
    }
    let (_, table) = document()?;
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let mut listed = BTreeMap::new();
    for (file, rest) in rows {
        listed.insert(file.to_owned(), rest.split(' ').next().unwrap_or_default().parse()?);
    }
    assert_eq!(found, listed);
    Ok(())
}

/// A tag can be moved, a commit's hash can not.
#[test]
fn workflows_name_actions_by_hash() -> Result {
    for entry in fs::read_dir(root().join(".github/workflows"))? {
        let path = entry?.path();
        let workflow = fs::read_to_string(&path)?;
        for (_, action) in workflow.lines().filter_map(|line| line.split_once("uses: ")) {
            let hash =
                action.split_once('@').and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default();
            let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_hash, "{}: {action} is not named by a hash", path.display());
        }
    }
    Ok(())
}
