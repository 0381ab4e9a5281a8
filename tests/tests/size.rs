//! What the built site weighs. `cargo xtask test` builds dist/ and runs these.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod site {
    use std::{fs, io::Write};

    use tests::root;

    /// Files that are fetched together, and what they may weigh in bytes: as they are, and as servers send them.
    const BUDGETS: [(&str, &[&str], usize, usize); 8] = [
        ("the page's wasm", &["page_bg.wasm"], 320_000, 110_000),
        ("the page's wasm without SIMD", &["page-scalar_bg.wasm"], 320_000, 110_000),
        ("the tools' wasm", &["tools_bg.wasm"], 240_000, 85_000),
        ("the tools' wasm without SIMD", &["tools-scalar_bg.wasm"], 240_000, 85_000),
        ("what reads models of other frameworks", &["exchange_bg.wasm"], 900_000, 290_000),
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

    fn content(file: &str) -> Vec<u8> {
        let path = root().join("dist").join(file);
        assert!(path.exists(), "{} is missing; use `cargo xtask test`", path.display());
        fs::read(path).unwrap()
    }

    /// The length in brotli's best.
    fn compressed(content: &[u8]) -> usize {
        let mut packed = Vec::new();
        brotli::CompressorWriter::new(&mut packed, 1 << 16, 11, 22).write_all(content).unwrap();
        packed.len()
    }

    #[test]
    fn stays_within_its_budgets() {
        let mut problems = Vec::new();
        for (what, files, raw, brotli) in BUDGETS {
            let contents: Vec<Vec<u8>> = files.iter().map(|file| content(file)).collect();
            let bytes: usize = contents.iter().map(Vec::len).sum();
            let packed: usize = contents.iter().map(|content| compressed(content)).sum();
            println!("{what}: {bytes} bytes, {packed} in brotli");
            for (found, most, how) in [(bytes, raw, "raw"), (packed, brotli, "in brotli")] {
                if found > most {
                    problems.push(format!("{what}: {found} bytes {how}, {} over its budget", found - most));
                }
            }
        }
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}
