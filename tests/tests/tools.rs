//! What the page does with a script, used as a person uses it: looking at odds and inside, reading, saving, sharing.
//! `cargo xtask test` builds dist/ and runs these.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod site {
    use std::collections::HashMap;

    use model::{
        DrawScratch, Feature, Generator, Reader, Reading, Sampling, Weights, cast, feature, fountain, odds,
        step, tracking_unit,
    };
    use serde_json::Value;
    use tests::{
        Page, Session, Webgpu,
        site::{WRITTEN, open, open_written, script, serve, weights},
    };

    /// The tools, which come behind the page, are there.
    const TOOLS: &str = "document.documentElement.dataset.tools == 'ready' && window.scriptoriumWeights";

    /// What the model makes of a text, natively.
    fn reading(weights: &Weights, text: &str) -> Reading {
        let (mut reader, mut reading) = (Reader::new(Generator::new(weights)), Reading::new());
        for id in weights.vocab.encode(text).unwrap() {
            reader.keep(id, &mut reading);
        }
        reading
    }

    fn texts(page: &Page, selector: &str) -> Vec<String> {
        let all = format!("[...document.querySelectorAll({selector:?})].map(e => e.textContent)");
        serde_json::from_value(page.value(&all).unwrap()).unwrap()
    }

    fn percent(share: f32) -> String {
        if share > 0.0 && share < 0.0995 {
            format!("{:.1} %", share * 100.0)
        } else {
            format!("{:.0} %", share * 100.0)
        }
    }

    fn shown(character: char) -> String {
        match character {
            '\n' => "⏎".to_owned(),
            ' ' => "␣".to_owned(),
            other => other.to_string(),
        }
    }

    /// Waits for the odds at the text's character `at`, and compares them with the model's own.
    fn check_odds(page: &Page, weights: &Weights, text: &str, at: usize, sampling: Sampling) {
        let reading = reading(weights, text);
        let logits = reading.logits_before(at).unwrap();
        let expected = odds(logits, sampling, 10, &mut DrawScratch::default());
        let drawn = reading.ids()[at];
        let mut lines: Vec<String> = expected
            .iter()
            .map(|odds| {
                let character = shown(weights.vocab.character(odds.id));
                format!("{character}{}{}", percent(odds.before), percent(odds.after))
            })
            .collect();
        page.wait("document.querySelectorAll('#odds li').length >= 10").unwrap();
        let first = &lines[0];
        page.wait(&format!("document.querySelector('#odds li').textContent == {first:?}")).unwrap();
        let found = texts(page, "#odds li");
        if !expected.iter().any(|odds| odds.id == drawn) {
            lines.push(found[10].clone());
            assert!(found[10].starts_with(&shown(weights.vocab.character(drawn))));
        }
        assert_eq!(found, lines);
        let marked = texts(page, "#odds .drawn .character");
        assert_eq!(marked, [shown(weights.vocab.character(drawn))]);
    }

    #[test]
    fn odds_of_the_character_that_is_tapped_pointed_at_or_reached_by_keys() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = open_written(&session, &server, "?length=300&temperature=0.8&seed=4").unwrap();
        let weights = weights("shakespeare").unwrap();
        let text = script(&weights, "ROMEO:\n", 0.8, 300, 4).unwrap();
        let sampling = |temperature| Sampling { temperature, top_k: 0, top_p: 1.0 };
        let at = text.find(' ').unwrap() + 2;
        page.wait(TOOLS).unwrap();
        page.click_character(at).unwrap();
        check_odds(&page, &weights, &text, at, sampling(0.8));
        // Re-weighed without reading again: only the right-hand bars move.
        page.slide("#temperature", "0").unwrap();
        check_odds(&page, &weights, &text, at, sampling(0.0));
        page.slide("#temperature", "1.3").unwrap();
        check_odds(&page, &weights, &text, at, sampling(1.3));
        page.value("document.querySelector('#paper').focus()").unwrap();
        page.press("ArrowRight").unwrap();
        check_odds(&page, &weights, &text, at + 1, sampling(1.3));
        page.press("ArrowDown").unwrap();
        let next_line = at + 1 + text[at + 1..].find('\n').unwrap() + 1;
        check_odds(&page, &weights, &text, next_line, sampling(1.3));
        // Pinned, the pointer moves nothing; let go by a second click, it does.
        page.point_at_character(at).unwrap();
        check_odds(&page, &weights, &text, next_line, sampling(1.3));
        page.click_character(next_line).unwrap();
        page.point_at_character(at + 30).unwrap();
        check_odds(&page, &weights, &text, at + 30, sampling(1.3));
        // The prompt's characters were not drawn, and the first has nothing before it.
        page.click_character(2).unwrap();
        page.wait("document.querySelector('#odds-words').textContent.includes('the prompt has')").unwrap();
        page.click_character(0).unwrap();
        page.wait("document.querySelector('#odds-words').textContent.includes('first character')").unwrap();
    }

    #[test]
    fn inside_shows_the_units_and_a_step() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page =
            open_written(&session, &server, "?model=notebook&length=400&temperature=0.5&seed=2").unwrap();
        let weights = weights("notebook").unwrap();
        let text = script(&weights, "SISKO: ", 0.5, 400, 2).unwrap();
        let reading = reading(&weights, &text);
        page.wait(TOOLS).unwrap();
        page.click_character(30).unwrap();
        page.click("#tab-inside").unwrap();
        page.wait("!document.querySelector('#heat').hidden").unwrap();
        assert_eq!(page.text("#heat").unwrap(), text);
        for unit in [0, 77] {
            page.fill("#unit", &unit.to_string()).unwrap();
            let chosen = format!("document.querySelector('#units .chosen')?.dataset.unit == {unit}");
            page.wait(&chosen).unwrap();
            let classes = "[...document.querySelectorAll('#heat span')].map(e => e.className)";
            let classes: Vec<String> = serde_json::from_value(page.value(classes).unwrap()).unwrap();
            for (at, class) in classes.iter().enumerate() {
                let activation = reading.activation(at, unit);
                let strength = ((activation.abs() * 4.5) as usize).min(4);
                let expected = match strength {
                    0 => String::new(),
                    strength => format!("{}{strength}", if activation < 0.0 { 'm' } else { 'p' }),
                };
                assert_eq!(*class, expected, "unit {unit}, character {at}: {activation}");
            }
            let step = step(&weights, &reading, 30, unit).unwrap();
            for (id, number) in [
                ("step-before", step.cell_before),
                ("step-after", step.cell),
                ("step-i", step.gates[0]),
                ("step-f", step.gates[1]),
                ("step-g", step.gates[2]),
                ("step-o", step.gates[3]),
                ("step-h", step.hidden),
            ] {
                let found: f32 = page.text(&format!("#{id}")).unwrap().parse().unwrap();
                assert!((found - number).abs() < 0.0051, "unit {unit}, {id}: {found} against {number}");
            }
        }
        for (track, what) in [("names", Feature::Names), ("position", Feature::LinePosition)] {
            page.click(&format!("[data-track={track}]")).unwrap();
            let (unit, _) = tracking_unit(&reading, &feature(&text, what)).unwrap();
            page.wait(&format!(
                "document.querySelector('#track-words').textContent.includes('Unit {unit} ')"
            ))
            .unwrap();
        }
        page.click("[data-track=quotes]").unwrap();
        page.wait("document.querySelector('#track-words').textContent.includes('nothing of the kind')")
            .unwrap();
        // Back to the cast, the script is seen as before.
        page.click("#tab-cast").unwrap();
        assert_eq!(page.value("document.querySelector('#script').checkVisibility()").unwrap(), true);
    }

    #[test]
    fn reads_a_text_and_says_how_surprising_it_is() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = open(&session, &server, "?view=surprise").unwrap();
        page.wait(TOOLS).unwrap();
        page.wait("document.querySelector('#read').checkVisibility()").unwrap();
        let text = "ROMEO:\nBut soft, what light through yonder laptop breaks?";
        page.fill("#text", text).unwrap();
        page.click("#read").unwrap();
        page.wait("document.querySelector('#status').textContent.includes('bits a character')").unwrap();
        assert_eq!(page.text("#surprise").unwrap(), text);
        let weights = weights("shakespeare").unwrap();
        let reading = reading(&weights, &format!("\n{text}"));
        let bits: Vec<f32> = (1..reading.len()).map(|at| reading.bits(at).unwrap()).collect();
        let mean = bits.iter().sum::<f32>() / bits.len() as f32;
        let status = page.text("#status").unwrap();
        assert!(status.contains(&format!("{} characters, {mean:.2} bits", text.len())), "{status}: {mean}");
        let classes = "[...document.querySelectorAll('#surprise span')].map(e => e.className)";
        let classes: Vec<String> = serde_json::from_value(page.value(classes).unwrap()).unwrap();
        for (class, bits) in classes.iter().zip(&bits) {
            let strength = (*bits as usize).min(8);
            let expected = if strength == 0 { String::new() } else { format!("h{strength}") };
            assert_eq!(*class, expected, "{bits} bits");
        }
        // What the model does not know is named and left out; nothing at all is asked for.
        page.fill("#text", "Ja, schön").unwrap();
        page.click("#read").unwrap();
        page.wait("document.querySelector('#surprise').textContent == 'Ja, schn'").unwrap();
        assert!(page.text("#notice").unwrap().contains("'ö'"));
        page.fill("#text", "").unwrap();
        page.click("#read").unwrap();
        page.wait("document.querySelector('#notice').textContent.includes('Paste a text first')").unwrap();
    }

    #[test]
    fn lists_the_cast_and_highlights_its_lines() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = open_written(&session, &server, "?model=deep-space-nine&length=1500&seed=3").unwrap();
        let text = script(&weights("deep-space-nine").unwrap(), "SISKO: ", 0.6, 1500, 3).unwrap();
        let members = cast(&text).members;
        assert!(members.len() > 2);
        let lines = |count: usize| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let expected: Vec<String> =
            members.iter().map(|(name, count)| format!("{name}{}", lines(*count))).collect();
        assert_eq!(texts(&page, "#cast li"), expected);
        let (name, count) = &members[0];
        page.click("#cast button").unwrap();
        assert_eq!(page.value("document.querySelector('#cast button').ariaPressed").unwrap(), "true");
        let cues = texts(&page, ".picked > .who");
        assert_eq!(cues.len(), *count);
        assert!(cues.iter().all(|cue| cue.starts_with(name.as_str())), "{cues:?}");
        page.click("#cast button").unwrap();
        assert!(texts(&page, ".picked").is_empty());
    }

    #[test]
    fn sets_a_script_apart_and_shows_it_plain() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let prompt = "[Ops]\n\nKIRA [on viewscreen]: (whispers) Go.\n";
        let query = "?model=deep-space-nine&length=30&prompt=%5BOps%5D%0A%0AKIRA%20%5Bon%20viewscreen%5D%3A%20(whispers)%20Go.%0A";
        let page = open_written(&session, &server, query).unwrap();
        assert!(page.text("#script").unwrap().starts_with(prompt));
        assert_eq!(texts(&page, ".heading")[0], "[Ops]\n");
        assert!(texts(&page, ".line.speech > .who").concat().starts_with("KIRA [on viewscreen]: "));
        let bold = "getComputedStyle(document.querySelector('.who')).fontWeight";
        assert_eq!(page.value(bold).unwrap(), "700");
        page.click("#plain").unwrap();
        assert_eq!(page.value(bold).unwrap(), "400");
        page.click("#generate").unwrap();
        page.wait("location.search.includes('plain=1')").unwrap();
    }

    /// Makes the page's copies and downloads readable.
    const WATCHED: &str = "navigator.clipboard.writeText = async text => { window.copied = text; };
        URL.createObjectURL = blob => { blob.text().then(text => { window.saved = text; }); return 'data:,'; };
        HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; };";

    #[test]
    fn copies_downloads_and_shares() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let query = "?length=500&seed=9&temperature=0.7&topk=20&topp=0.9&prompt=JULIET%3A%0A";
        let page = session.open(&server.url(query), WATCHED).unwrap();
        page.wait(WRITTEN).unwrap();
        let text = page.text("#script").unwrap();
        page.wait(TOOLS).unwrap();
        page.click("#copy").unwrap();
        page.wait("window.copied").unwrap();
        assert_eq!(page.value("copied").unwrap(), Value::String(text.clone()));
        page.click("#save-text").unwrap();
        page.wait("window.saved").unwrap();
        assert_eq!(page.value("[savedAs, saved]").unwrap(), serde_json::json!(["script.txt", text]));
        page.click("#save-fountain").unwrap();
        page.wait("savedAs == 'script.fountain' && saved.startsWith('Title')").unwrap();
        let screenplay = fountain(&text, "Scriptorium");
        assert_eq!(page.value("saved").unwrap(), Value::String(screenplay));
        page.click("#share").unwrap();
        page.wait("copied.startsWith('http')").unwrap();
        let link = page.value("copied").unwrap();
        let link = link.as_str().unwrap();
        for part in
            ["seed=9", "temperature=0.7", "topk=20", "topp=0.9", "length=500", "model=shakespeare", "hash="]
        {
            assert!(link.contains(part), "{part}: {link}");
        }
        let other = session.open(link, "").unwrap();
        other.wait(WRITTEN).unwrap();
        assert_eq!(other.text("#script").unwrap(), text);
        // Made for other weights, the link says so and writes nothing until asked.
        let (before, _) = link.split_once("hash=").unwrap();
        other.go(&format!("{before}hash=0123456789ab")).unwrap();
        other.wait("document.querySelector('#notice').textContent.includes('have changed since')").unwrap();
        assert_eq!(other.text("#script").unwrap(), "");
        other.wait("!document.querySelector('#generate').disabled").unwrap();
        other.click("#generate").unwrap();
        other.wait(WRITTEN).unwrap();
        assert_eq!(other.text("#script").unwrap(), text);
        // Where the browser refuses the clipboard, the text is shown to be copied by hand.
        let refused = "navigator.clipboard.writeText = () => Promise.reject(new Error('no')); document.execCommand = () => false;";
        let page = session.open(&server.url("?length=20"), refused).unwrap();
        page.wait(WRITTEN).unwrap();
        page.wait(TOOLS).unwrap();
        page.click("#copy").unwrap();
        page.wait("document.querySelector('#notice').textContent.includes('ROMEO:')").unwrap();
    }

    #[test]
    fn gives_a_snippet_to_embed() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = session.open(&server.url("?length=200&seed=5"), WATCHED).unwrap();
        page.wait(WRITTEN).unwrap();
        page.wait(TOOLS).unwrap();
        page.click("#embed").unwrap();
        page.wait("document.querySelector('#embed-dialog').open").unwrap();
        page.value("document.querySelector('#embed-theme').value = 'dark'").unwrap();
        page.fill("#embed-origins", "https://example.org").unwrap();
        page.click("#snippet-copy").unwrap();
        page.wait("window.copied").unwrap();
        let snippet = page.value("copied").unwrap();
        let snippet = snippet.as_str().unwrap();
        for part in
            ["<iframe src=\"http", "embed=1", "theme=dark", "seed=5", "origins=https%3A%2F%2Fexample.org"]
        {
            assert!(snippet.contains(part), "{part}: {snippet}");
        }
        page.press("Escape").unwrap();
        page.wait("!document.querySelector('#embed-dialog').open").unwrap();
        // In another page, the snippet is what it says.
        let outer = format!("<!doctype html>{snippet}");
        server.replace(HashMap::from([("outer.html".to_owned(), Some(outer.into_bytes()))]));
        let outer = session.open(&server.url("outer.html"), "").unwrap();
        let inside = "document.querySelector('iframe').contentDocument?.querySelector('#status')?.textContent.includes('characters a second')";
        outer.wait(inside).unwrap();
        let copy = "document.querySelector('iframe').contentDocument.querySelector('#script').textContent";
        assert_eq!(outer.value(copy).unwrap(), Value::String(page.text("#script").unwrap()));
    }
}
