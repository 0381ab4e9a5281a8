//! What the page must know of its own files: the list by which the service worker keeps them, and the models' sizes.

use std::{fs, path::Path};

use crate::{
    files::{find, read, sha256, write},
    version,
};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

const WORKER: &str = "service-worker.js";
/// The place of the list in the worker.
const PLACE: &str = "[/* FILES */]";
const MODELS: &str = "weights/models.json";
/// The worker is the browser's to keep; measuring wants files as they are served.
const UNLISTED: [&str; 3] = [WORKER, "bench.html", "bench_training.js"];

/// Programs that many visitors never start.
const SELDOM_USED: [&str; 5] = ["engine", "exporter", "importer", "learner", "train"];

/// Completes the list of models, and then the service worker, in the folder of a built site.
pub(crate) fn complete(site: &Path) -> Result<()> {
    let models = site.join(MODELS);
    write(&models, &with_sizes(&read(&models)?, site)?)?;
    version::write_into(site)?;
    let worker = site.join(WORKER);
    if !worker.exists() {
        println!("  no use without a network: index.html has no line that copies web/{WORKER}");
        return Ok(());
    }
    let page = String::from_utf8_lossy(&read(&site.join("index.html"))?).into_owned();
    // Trunk changes this script when it serves the page, so that the page would not be the listed one.
    if page.contains("{{__TRUNK_ADDRESS__}}") {
        println!(
            "  no use without a network while Trunk reloads the page by itself (`--no-autoreload` ends that)"
        );
        // Nor would the page's policy let that script run.
        return write(&site.join("index.html"), without_policy(&page).as_bytes());
    }
    let source = String::from_utf8(read(&worker)?).with_context(|| format!("{WORKER} is not UTF-8"))?;
    if source.matches(PLACE).count() != 1 {
        bail!("web/{WORKER} must have {PLACE} once, where the list of files goes");
    }
    let list = Value::Array(listed(site)?).to_string();
    write(&worker, source.replace(PLACE, &list).as_bytes())
}

/// A page without the element that says what may run in it.
fn without_policy(page: &str) -> String {
    let Some((before, policy)) = page.split_once("<meta http-equiv=\"Content-Security-Policy\"") else {
        return page.to_owned();
    };
    let after = policy.split_once('>').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

/// The models with their files' sizes and hashes, and the engine's size: the server may send it compressed, and the page
/// shows how much of it is there.
fn with_sizes(models: &[u8], site: &Path) -> Result<Vec<u8>> {
    let mut list: Value =
        serde_json::from_slice(models).with_context(|| format!("{MODELS} is not JSON; correct it"))?;
    let Some(models) = list["models"].as_array_mut() else {
        bail!("{MODELS} has no list `models`; add it");
    };
    for model in models {
        let Some(file) = model["file"].as_str() else {
            bail!("a model in {MODELS} names no `file`; add one, or take the model out");
        };
        let path = site.join("weights").join(file);
        if !path.is_file() {
            bail!(
                "{MODELS} names {file}, which is not in weights/; put it there, or take the model out of the list"
            );
        }
        let content = read(&path)?;
        model["bytes"] = content.len().into();
        model["sha256"] = sha256(&content).into();
    }
    if let Ok(engine) = fs::metadata(site.join("engine_bg.wasm")) {
        list["engine_bytes"] = engine.len().into();
    }
    Ok(serde_json::to_vec(&list)?)
}

/// Every file that the worker may keep, in the order of their paths.
fn listed(site: &Path) -> Result<Vec<Value>> {
    let mut paths = Vec::new();
    find(site, "", &mut paths)?;
    paths.retain(|path| !UNLISTED.contains(&path.as_str()));
    paths.sort();
    let entry = |path: &String| {
        let content = read(&site.join(path))?;
        Ok(json!({
            "path": path,
            "sha256": sha256(&content),
            "bytes": content.len(),
            "shell": is_shell(path),
            "versioned": version::is_versioned(path, &paths),
        }))
    };
    paths.iter().map(entry).collect()
}

/// Whether a file is of the page as every visitor gets it; the rest is kept once it is used.
fn is_shell(path: &str) -> bool {
    let is_seldom_used =
        SELDOM_USED.iter().any(|program| path.starts_with(program)) || path.contains("-scalar");
    !(is_seldom_used || path.ends_with(".safetensors"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use std::{env, fs, path::PathBuf, process};

    use serde_json::Value;

    use super::complete;

    const LISTED: [(&str, bool); 6] = [
        ("engine.js", false),
        ("index.html", true),
        ("page-scalar_bg.wasm", false),
        ("page_bg.wasm", true),
        ("weights/a.safetensors", false),
        ("weights/models.json", true),
    ];
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    /// A small site in a folder of its own, which goes with it.
    struct Site(PathBuf);

    impl Site {
        fn new(name: &str) -> Self {
            let folder = env::temp_dir().join(format!("scriptorium-{name}-{}", process::id()));
            fs::create_dir_all(folder.join("weights")).unwrap();
            let site = Self(folder);
            LISTED.iter().for_each(|(path, _)| site.write(path, "abc"));
            site.write("service-worker.js", "const FILES = [/* FILES */];");
            site.write("bench.html", "abc");
            site.write("weights/models.json", r#"{"models": [{"id": "a", "file": "a.safetensors"}]}"#);
            site
        }

        fn write(&self, path: &str, content: &str) {
            fs::write(self.0.join(path), content).unwrap();
        }

        fn read(&self, path: &str) -> String {
            fs::read_to_string(self.0.join(path)).unwrap()
        }

        fn error(&self) -> String {
            format!("{:#}", complete(&self.0).unwrap_err())
        }
    }

    impl Drop for Site {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn lists_all_files_and_measures_the_models() {
        let site = Site::new("list");
        complete(&site.0).unwrap();
        let models: Value = serde_json::from_str(&site.read("weights/models.json")).unwrap();
        assert_eq!(models["models"][0]["bytes"], 3);
        assert_eq!(models["models"][0]["sha256"], ABC);
        let worker = site.read("service-worker.js");
        let list = worker.strip_prefix("const FILES = ").unwrap().strip_suffix(';').unwrap();
        let list: Vec<Value> = serde_json::from_str(list).unwrap();
        assert_eq!(list.len(), LISTED.len());
        for (file, (path, shell)) in list.iter().zip(LISTED) {
            assert_eq!((&file["path"], &file["shell"]), (&path.into(), &shell.into()));
            assert_eq!(file["bytes"], site.read(path).len());
            assert_eq!(file["sha256"] == ABC, path != "weights/models.json", "{path}");
        }
    }

    #[test]
    fn keeps_nothing_while_trunk_reloads_the_page() {
        let site = Site::new("reload");
        let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'self'\" />";
        site.write("index.html", &format!("a{policy}b<script>'{{{{__TRUNK_ADDRESS__}}}}'</script>"));
        complete(&site.0).unwrap();
        assert_eq!(site.read("index.html"), "ab<script>'{{__TRUNK_ADDRESS__}}'</script>");
        assert_eq!(site.read("service-worker.js"), "const FILES = [/* FILES */];");
    }

    #[test]
    fn says_what_is_missing() {
        let site = Site::new("missing");
        site.write("service-worker.js", "");
        assert!(site.error().contains("service-worker.js must have [/* FILES */] once"));
        site.write("weights/models.json", r#"{"models": [{"file": "b.safetensors"}]}"#);
        assert!(site.error().contains("models.json names b.safetensors, which is not in weights/"));
        site.write("weights/models.json", "{}");
        assert!(site.error().contains("has no list `models`"));
        site.write("weights/models.json", "{");
        assert!(site.error().contains("models.json is not JSON"));
    }
}
