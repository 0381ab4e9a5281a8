//! Finds the default corpus in the published crate that carries it, and checks that it is the right one.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

const PACKAGE: &str = "femto-gpt";
const SHA256: &str = "434c0554a8c4c53dc17e56a0abb0f30b88f83cbceb0289cb897db68c25e89eba";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.toml");
    let output = Command::new(env::var_os("CARGO").context("cargo sets CARGO")?)
        .args(["metadata", "--format-version", "1"])
        .current_dir(env::var_os("CARGO_MANIFEST_DIR").context("cargo sets CARGO_MANIFEST_DIR")?)
        .output()
        .context("cannot run `cargo metadata`")?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("`cargo metadata` failed, which should have told where {PACKAGE} lies: {message}");
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let manifest = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == PACKAGE)
        .and_then(|package| package["manifest_path"].as_str())
        .with_context(|| format!("`cargo metadata` does not list {PACKAGE}"))?;
    let corpus = PathBuf::from(manifest).with_file_name("dataset.txt");
    let text = std::fs::read(&corpus)
        .with_context(|| format!("cannot read the default corpus {}", corpus.display()))?;
    let digest: String = Sha256::digest(&text).iter().map(|b| format!("{b:02x}")).collect();
    if digest != SHA256 {
        bail!("{} has sha256 {digest}, but {SHA256} is expected", corpus.display());
    }
    println!("cargo::rustc-env=SHAKESPEARE={}", corpus.display());
    Ok(())
}
