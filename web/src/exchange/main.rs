//! Reads what a visitor brought: a model file of another framework and its vocabulary. In a worker of its own, started for
//! it, so that the page lives on whatever the file does to it.
//!
//! The page sends `[name, bytes]` of the model, and `name, bytes` of the vocabulary or corpus behind them if there is one;
//! the answer is `{weights, hash}`, a weights file of ours and the beginning of its hash, or `{error}`, a sentence.

use js_sys::{Array, Object, Uint8Array};
use model::{Card, Precision, Weights};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use web::dom::set_property;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let answer = Object::new();
        match read(&event.data()) {
            Ok(weights) => {
                let hash = Weights::content_hash(&weights).chars().take(12).collect::<String>();
                set_property(&answer, "hash", &hash.into());
                set_property(&answer, "weights", &Uint8Array::from(weights.as_slice()));
            }
            Err(sentence) => set_property(&answer, "error", &sentence.into()),
        }
        // Fails only where the page is gone.
        let _ = scope().post_message(&answer);
    });
    scope().set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
    // The page waits for this before it sends anything.
    let _ = scope().post_message(&JsValue::NULL);
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn read(message: &JsValue) -> Result<Vec<u8>, String> {
    let parts: &Array = message.dyn_ref().ok_or("the page sent nothing")?;
    let name = |at| parts.get(at).as_string().unwrap_or_default();
    let bytes = |at| parts.get(at).dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).ok();
    let of = |at: u32, error: String| [&name(at), ": ", &error, "."].concat();
    let vocab = match bytes(3) {
        None => None,
        Some(vocab) => Some(
            exchange::read_vocab(&name(2), vocab, &exchange::Choice::default())
                .map_err(|error| of(2, error.to_string()))?,
        ),
    };
    let card = Card { recipe: "brought by the visitor".to_owned(), ..Card::default() };
    let weights = exchange::import(bytes(1).unwrap_or_default(), vocab.as_ref(), card)
        .and_then(|weights| Ok(weights.to_bytes(Precision::F32)?));
    weights.map_err(|error| of(0, error.to_string()))
}
