//! The page's address: what a page that embeds this one chooses stands behind `?`, everything else behind `#`, where no
//! server ever sees it.

use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

use crate::dom::{Result, window};

/// What an embedding page chooses.
const HOST: [&str; 7] = ["embed", "train", "theme", "accent", "paper", "ink", "origins"];

/// The parameters of the page's address, wherever they stand; those behind `#` count first.
///
/// # Errors
/// Outside of a browser's page.
pub fn parameters() -> Result<UrlSearchParams> {
    let location = window()?.location();
    let (fragment, query) = (location.hash().unwrap_or_default(), location.search().unwrap_or_default());
    let both = [fragment.trim_start_matches('#'), "&", query.trim_start_matches('?')].concat();
    UrlSearchParams::new_with_str(&both).map_err(|_| "The link's parameters cannot be read.".to_owned())
}

/// The page's address with these parameters.
///
/// # Errors
/// Outside of a browser's page.
pub fn address(parameters: &UrlSearchParams) -> Result<String> {
    let unread = |_| "The link's parameters cannot be read.".to_owned();
    let settings = UrlSearchParams::new_with_str(&String::from(parameters.to_string())).map_err(unread)?;
    let host = UrlSearchParams::new().map_err(unread)?;
    for name in HOST {
        if let Some(value) = parameters.get(name) {
            host.set(name, &value);
            settings.delete(name);
        }
    }
    let location = window()?.location();
    let mut address = location.origin().unwrap_or_default() + &location.pathname().unwrap_or_default();
    for (mark, part) in [("?", host), ("#", settings)] {
        let part = String::from(part.to_string());
        if !part.is_empty() {
            address += mark;
            address += &part;
        }
    }
    Ok(address)
}

/// Makes these the parameters of the page's address, without loading it anew.
///
/// # Errors
/// Outside of a browser's page.
pub fn show(parameters: &UrlSearchParams) -> Result<()> {
    let address = address(parameters)?;
    if let Ok(history) = window()?.history() {
        // Refused in some sandboxed frames; the page works all the same.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
    Ok(())
}
