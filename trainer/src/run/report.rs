//! `report.html`: a run on one page that needs nothing else.

use std::fmt::Write;

use training::{EpochSummary, History, Start};

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Scriptorium: a training</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
td, th { padding: .1rem 1rem .1rem 0; text-align: left }
pre { white-space: pre-wrap; border-left: 3px solid #a8562b; padding-left: 1rem }
svg { background: #fff; border-radius: 6px }
</style>
"#;

/// The report after an epoch; `start` says what model and corpus are.
pub(super) fn html(start: &Start, history: &History, curves: &str) -> String {
    let mut page = HEAD.to_owned();
    let Start { corpus, characters, distinct, parameters, device, recipe, .. } = start;
    let _ = write!(
        page,
        "<h1>{}</h1>\n<p>{characters} characters, {distinct} distinct; LSTM({}) of {} layer(s), {parameters} parameters; {}.</p>\n",
        escape(corpus),
        recipe.hidden,
        recipe.layers,
        escape(device)
    );
    if let Some(EpochSummary { epoch, val_loss, .. }) = history.best() {
        let bits = val_loss / std::f64::consts::LN_2;
        let _ = writeln!(
            page,
            "<p>Best validation loss <strong>{val_loss:.4}</strong> nats a character ({bits:.3} bits), after epoch {epoch}.</p>"
        );
    }
    page.push_str(curves);
    page.push_str("<h2>Epochs</h2>\n<table><tr><th>epoch<th>loss<th>validation<th>seconds<th></tr>\n");
    for EpochSummary { epoch, loss, val_loss, best, secs, .. } in &history.epochs {
        let best = if *best { "best so far" } else { "" };
        let _ = writeln!(page, "<tr><td>{epoch}<td>{loss:.4}<td>{val_loss:.4}<td>{secs:.0}<td>{best}</tr>");
    }
    page.push_str("</table>\n<h2>What it writes</h2>\n");
    for sample in &history.samples {
        let text = escape(&sample.text);
        let _ = writeln!(page, "<h3>Temperature {}</h3>\n<pre>{text}</pre>", sample.temperature);
    }
    let settings = toml::to_string(recipe).unwrap_or_default();
    let _ = writeln!(page, "<h2>Settings</h2>\n<pre>{}</pre>", escape(&settings));
    page.push_str("</html>\n");
    page
}

/// Text as HTML shows it.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use training::{Recipe, RecipeName, Sample};

    use super::*;

    #[test]
    fn texts_stay_texts() {
        let start = Start {
            corpus: "<b>&".to_owned(),
            characters: 10,
            left_out: 0,
            distinct: 3,
            parameters: 5,
            device: "CPU".to_owned(),
            folder: String::new(),
            epochs_done: 0,
            recipe: Recipe::new(RecipeName::Sequence),
        };
        let sample = Sample { epoch: 1, temperature: 0.5, text: "<script>".to_owned() };
        let history = History { samples: vec![sample], ..History::default() };
        let page = html(&start, &history, "<svg></svg>");
        assert!(page.contains("&lt;b&gt;&amp;") && page.contains("&lt;script&gt;"), "{page}");
        assert!(!page.contains("<script>") && page.contains("hidden = 128"));
    }
}
