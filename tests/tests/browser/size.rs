//! What the built site weighs.

use std::{fs, io::Write};

use tests::{Result, root};

/// Files that are fetched together, and what they may weigh in bytes: as they are, and as servers send them.
const BUDGETS: [(&str, &[&str], usize, usize); 13] = [
    ("the page's wasm", &["page_bg.wasm"], 320_000, 110_000),
    ("the page's wasm without SIMD", &["page-scalar_bg.wasm"], 320_000, 110_000),
    ("the tools' wasm", &["tools_bg.wasm"], 240_000, 86_000),
    ("the tools' wasm without SIMD", &["tools-scalar_bg.wasm"], 240_000, 86_000),
    ("the tab Train's wasm", &["train_bg.wasm"], 260_000, 90_000),
    ("what reads models of other frameworks", &["importer_bg.wasm"], 1_000_000, 320_000),
    ("what writes models for other frameworks", &["exporter_bg.wasm"], 500_000, 180_000),
    ("what trains, on the CPU", &["learner_bg.wasm"], 2_300_000, 440_000),
    ("what trains, on the CPU, without SIMD", &["learner-scalar_bg.wasm"], 2_600_000, 440_000),
    ("what trains, on WebGPU", &["learner-gpu_bg.wasm"], 9_000_000, 1_300_000),
    ("the engine's wasm", &["engine_bg.wasm"], 6_200_000, 1_200_000),
    (
        "all before the first character, with the 128-unit model",
        &[
            "index.html",
            "style.css",
            "start.js",
            "page.js",
            "page_bg.wasm",
            "weights/models.json",
            "weights/notebook.safetensors",
        ],
        600_000,
        400_000,
    ),
    (
        "all before the first character, with the default model",
        &[
            "index.html",
            "style.css",
            "start.js",
            "page.js",
            "page_bg.wasm",
            "weights/models.json",
            "weights/shakespeare.safetensors",
        ],
        2_500_000,
        1_800_000,
    ),
];

fn content(file: &str) -> Result<Vec<u8>> {
    let path = root().join("dist").join(file);
    assert!(path.exists(), "{} is missing; use `cargo xtask test`", path.display());
    Ok(fs::read(path)?)
}

/// The length in brotli's best.
fn compressed(content: &[u8]) -> Result<usize> {
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, 1 << 16, 11, 22).write_all(content)?;
    Ok(packed.len())
}

#[test]
fn stays_within_its_budgets() -> Result {
    let mut problems = Vec::new();
    for (what, files, raw, brotli) in BUDGETS {
        let (mut bytes, mut packed) = (0, 0);
        for file in files {
            let content = content(file)?;
            bytes += content.len();
            packed += compressed(&content)?;
        }
        println!("{what}: {bytes} bytes, {packed} in brotli");
        for (found, limit, how) in [(bytes, raw, "raw"), (packed, brotli, "in brotli")] {
            if found > limit {
                problems.push(format!("{what}: {found} bytes {how}, {} over its budget", found - limit));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}
