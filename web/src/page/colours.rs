//! Colours that a link sets, so that the page suits the one that it is embedded in (docs/embedding.md).

use web::{
    dom::{Result, root},
    embedding::{colour, is_light},
    fields::link_unusable,
    words::word,
};
use web_sys::{HtmlElement, UrlSearchParams};

/// Colours that the URL may set, and what they are called in style.css.
const COLOURS: [(&str, &str); 3] = [("accent", "--accent"), ("paper", "--paper"), ("ink", "--ink")];

/// Sets the colours. Gives a sentence for each parameter that cannot be used.
pub(crate) fn apply(parameters: &UrlSearchParams) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let root = root()?;
    if let Some(theme) = parameters.get("theme") {
        match theme.as_str() {
            "auto" => {}
            "light" | "dark" => style(&root, "color-scheme", &theme),
            _ => problems.push(link_unusable("theme", &theme, &word("remedy-theme"), "auto")),
        }
    }
    for (name, property) in COLOURS {
        let Some(text) = parameters.get(name) else { continue };
        let Some(digits) = colour(&text) else {
            problems.push(link_unusable(name, &text, &word("remedy-colour"), "the page's own"));
            continue;
        };
        let colour = ["#", digits].concat();
        style(&root, property, &colour);
        match name {
            "accent" => style(&root, "--on-accent", if is_light(digits) { "#000000" } else { "#ffffff" }),
            "paper" => style(&root, "--card", &colour),
            _ => style(&root, "--soft", &colour),
        }
    }
    Ok(problems)
}

fn style(element: &HtmlElement, property: &str, value: &str) {
    // Fails only on a property that cannot be set.
    let _ = element.style().set_property(property, value);
}
