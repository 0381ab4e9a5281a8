//! Fetching files from the page's own origin.

use crate::{
    dom::{Result, text_of, window},
    words::words,
};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The bytes of a file.
///
/// # Errors
/// Why it cannot be had, as a sentence.
pub async fn bytes(url: &str) -> Result<Uint8Array> {
    let body = body(url, Response::array_buffer).await?;
    Ok(Uint8Array::new(&body))
}

/// The text of a file.
///
/// # Errors
/// Why it cannot be had, as a sentence.
pub async fn text(url: &str) -> Result<String> {
    Ok(body(url, Response::text).await?.as_string().unwrap_or_default())
}

async fn body(url: &str, read: fn(&Response) -> std::result::Result<Promise, JsValue>) -> Result<JsValue> {
    let response = JsFuture::from(window()?.fetch_with_str(url)).await;
    let response = response
        .map_err(|error| words("fetch-failed", &[("url", url), ("error", &text_of(&error))]))?
        .unchecked_into::<Response>();
    if !response.ok() {
        let status = response.status().to_string();
        return Err(words("fetch-status", &[("url", url), ("status", &status)]));
    }
    let cut = |_| words("fetch-cut", &[("url", url)]);
    JsFuture::from(read(&response).map_err(cut)?).await.map_err(cut)
}
