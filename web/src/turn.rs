//! Giving the browser a turn, so that a long computation does not block the page.

use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

#[wasm_bindgen]
extern "C" {
    /// The page's, or the worker's.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(call: &js_sys::Function, milliseconds: i32);
}

/// Milliseconds that the page computes before the browser gets a turn.
pub const SLICE_MILLISECONDS: f64 = 8.0;

/// Lets the browser handle what is waiting. A message to oneself, since timers wait 4 ms when nested.
pub async fn give_turn() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let Ok(channel) = MessageChannel::new() else {
            // Then there is no turn to give; going on beats stopping.
            let _ = resolve.call0(&JsValue::NULL);
            return;
        };
        let port = channel.port1();
        let done = Closure::once_into_js(move || {
            let _ = resolve.call0(&JsValue::NULL);
        });
        port.set_onmessage(Some(done.unchecked_ref()));
        // Posting null to an open port cannot fail.
        let _ = channel.port2().post_message(&JsValue::NULL);
    });
    // The promise is never rejected.
    let _ = JsFuture::from(promise).await;
}

/// Lets so many milliseconds pass; more, if the page is out of sight.
pub async fn pause(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| set_timeout(&resolve, milliseconds));
    // The promise is never rejected.
    let _ = JsFuture::from(promise).await;
}
