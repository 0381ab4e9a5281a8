//! What is left to do after Trunk: the programs for browsers whose WebAssembly has no SIMD, as Trunk builds with one set of
//! instructions; names of functions taken out, as Trunk cannot ask wasm-bindgen to; and, when all files are as they
//! will be served, what the page must know of them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    files::{read, write},
    offline, programs,
    requirement::Requirement,
    run::step,
    tools,
};

/// Finishes the site in the folder that Trunk is filling.
pub(crate) fn finish() -> Result<()> {
    let staging = env::var_os("TRUNK_STAGING_DIR").context("Trunk calls this; use `cargo xtask build`")?;
    let staging = PathBuf::from(staging);
    if programs::is_scalar_wanted() {
        add_scalar_programs(&staging)?;
    }
    for entry in fs::read_dir(&staging).with_context(|| format!("cannot read {}", staging.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let wasm = read(&path)?;
            let bare = without_names(&wasm).with_context(|| format!("{} is cut off", path.display()))?;
            write(&path, &bare)?;
        }
    }
    offline::complete(&staging)
}

fn add_scalar_programs(staging: &Path) -> Result<()> {
    let wasm_bindgen = tools::wasm_bindgen()?;
    let Some(bind) = wasm_bindgen.find() else {
        println!(
            "  no page for browsers without SIMD: {} is not on the path (`cargo xtask build` has it)",
            wasm_bindgen.name()
        );
        return Ok(());
    };
    programs::compile_scalar()?;
    for (program, wasm) in programs::scalar()? {
        step(
            &format!("binding its {program}"),
            Command::new(&bind)
                .args(["--target", "web", "--no-typescript", "--out-name", &format!("{program}-scalar")])
                .arg("--out-dir")
                .arg(staging)
                .arg(wasm),
        )?;
    }
    Ok(())
}

/// A wasm module without its custom sections, which no browser runs (WebAssembly core specification 5.5.2: a section is
/// an id, its length in LEB128, and its content); nothing if it is cut off.
fn without_names(wasm: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 8;
    const CUSTOM: u8 = 0;
    let (header, mut rest) = wasm.split_at_checked(HEADER)?;
    let mut bare = header.to_vec();
    while let Some((id, after)) = rest.split_first() {
        let width = 1 + after.iter().position(|byte| byte & 0x80 == 0)?;
        let length =
            after[..width].iter().rev().fold(0usize, |all, byte| all << 7 | usize::from(byte & 0x7f));
        let (section, next) = rest.split_at_checked(1 + width + length)?;
        if *id != CUSTOM {
            bare.extend_from_slice(section);
        }
        rest = next;
    }
    Some(bare)
}

#[cfg(test)]
mod tests {
    use super::without_names;

    #[test]
    fn takes_out_custom_sections_alone() {
        let header = b"\0asm\x01\0\0\0".as_slice();
        let long = [[1, 0x81, 0x01].as_slice(), &[7; 129]].concat();
        let custom = [0, 3, 1, b'n', 9];
        let wasm = [header, &custom, &long, &custom, &[3, 1, 0]].concat();
        assert_eq!(without_names(&wasm), Some([header, &long, &[3, 1, 0]].concat()));
        assert_eq!(without_names(&wasm[..wasm.len() - 1]), None);
        assert_eq!(without_names(b"\0asm"), None);
    }
}
