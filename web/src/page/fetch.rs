//! Fetching files from the page's own origin.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::dom::{Result, text_of, window};

/// The bytes of a file.
pub(crate) async fn bytes(url: &str) -> Result<Vec<u8>> {
    let response = JsFuture::from(window()?.fetch_with_str(url)).await.map_err(|error| {
        let error = text_of(&error);
        format!("{url} could not be loaded ({error}); check the connection and reload the page.")
    })?;
    let response: Response =
        response.dyn_into().map_err(|_| format!("{url} could not be loaded; reload the page."))?;
    if !response.ok() {
        let status = response.status();
        return Err(format!(
            "{url} could not be loaded (the server answered {status}); choose another model or tell whoever runs this page."
        ));
    }
    let cut = |_| format!("{url} was cut off on the way; reload the page.");
    let buffer = JsFuture::from(response.array_buffer().map_err(cut)?).await.map_err(cut)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
