//! Writing scripts, as the notebook's last cells do.

use model::{Generator, Request, Rows, Weights, cast};

/// Writes a script for each request, side by side; the prompts are not repeated.
pub fn write(weights: &Weights, requests: Vec<Request>) -> Vec<String> {
    let mut texts = vec![String::new(); requests.len()];
    let mut rows = Rows::new(&Generator::new(weights), requests);
    while let Some(written) = rows.step() {
        for &(script, id) in written {
            texts[script].push(weights.vocab.character(id));
        }
    }
    texts
}

/// The script with its cast, as the notebook prints it: the names above a rule, the script below.
pub fn with_cast(script: &str) -> String {
    let mut page = String::from("CAST OF CHARACTERS\n\n");
    for (name, lines) in cast(script).members {
        let lines = format!("{lines} {}", if lines == 1 { "line" } else { "lines" });
        page.push_str(&format!("{name} ({lines})\n"));
    }
    page.push_str(&format!("\n{}\n\n{script}", "-".repeat(60)));
    page
}
