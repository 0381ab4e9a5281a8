//! Models that visitors bring: kept in the browser's own storage, until they remove them. Nothing is uploaded.
//!
//! A model is an entry of a cache of its own: the weights file under an address that has its name and its title.

use js_sys::{Array, Promise, Uint8Array, decode_uri_component, encode_uri_component};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, Request, Response};

use crate::{
    dom::{Result, dispatch, property, set_global, text_of, window},
    names::{BROUGHT, BROUGHT_MODEL},
};

/// The cache's name; other sites of the same origin see the same models.
const CACHE: &str = "scriptorium models";
/// What the addresses begin with, below the page's.
const FOLDER: &str = "own-models/";
/// What the names of such models begin with.
const PREFIX: &str = "own-";

/// A model that a visitor brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnModel {
    /// Its name in the page's address: `own-` and digits of its file's hash.
    pub id: String,
    /// Its name for people.
    pub title: String,
}

/// Whether a model's name is that of a visitor's own.
pub fn is_own(id: &str) -> bool {
    id.starts_with(PREFIX)
}

/// A model that was brought just now: how the tools hand it to the page.
#[derive(Debug, Serialize, Deserialize)]
pub struct Brought {
    /// Its name in the page's address.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// The weights file.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub file: Uint8Array,
    /// Why the browser does not keep it, as a sentence.
    pub problem: Option<String>,
}

impl Brought {
    /// Hands it to the page.
    pub fn hand_over(&self) {
        if let Ok(brought) = serde_wasm_bindgen::to_value(self) {
            set_global(BROUGHT_MODEL, &brought);
            dispatch(BROUGHT);
        }
    }

    /// The one that was handed over last, if it can be read.
    pub fn take() -> Option<Self> {
        let brought = property(&js_sys::global(), BROUGHT_MODEL);
        // It may be large, and nobody takes it twice.
        set_global(BROUGHT_MODEL, &JsValue::UNDEFINED);
        serde_wasm_bindgen::from_value(brought).ok()
    }
}

impl OwnModel {
    /// A model by the hash of its file.
    pub fn new(hash: &str, title: String) -> Self {
        Self { id: [PREFIX, hash].concat(), title }
    }

    /// The model that is kept under an address, if it is one's.
    fn at(address: &str) -> Option<Self> {
        let (_, rest) = address.rsplit_once(FOLDER)?;
        let (id, title) = rest.split_once("?title=")?;
        let title = decode_uri_component(title).ok()?;
        Some(Self { id: id.to_owned(), title: title.into() })
    }

    /// Where it is kept.
    pub fn address(&self) -> String {
        ["./", FOLDER, &self.id, "?title=", &String::from(encode_uri_component(&self.title))].concat()
    }

    /// Keeps its weights file.
    ///
    /// # Errors
    /// The browser's reason, if it has no room or no storage.
    pub async fn keep(&self, file: &Uint8Array) -> Result<()> {
        let cache = cache().await?;
        let response = Response::new_with_opt_js_u8_array(Some(file)).map_err(|error| text_of(&error))?;
        settled(cache.put_with_str(&self.address(), &response)).await?;
        Ok(())
    }

    /// Its weights file.
    ///
    /// # Errors
    /// The browser's reason, if it has it no more.
    pub async fn file(&self) -> Result<Uint8Array> {
        let kept = settled(cache().await?.match_with_str(&self.address())).await?;
        let response: Response = kept.dyn_into().map_err(|_| "it is kept no more".to_owned())?;
        let bytes = response.array_buffer().map_err(|error| text_of(&error))?;
        Ok(Uint8Array::new(&settled(bytes).await?))
    }

    /// Removes it.
    ///
    /// # Errors
    /// The browser's reason.
    pub async fn remove(&self) -> Result<()> {
        settled(cache().await?.delete_with_str(&self.address())).await?;
        Ok(())
    }
}

/// All models that are kept; none if the browser keeps nothing.
pub async fn all() -> Vec<OwnModel> {
    let Ok(cache) = cache().await else { return Vec::new() };
    let Ok(keys) = settled(cache.keys()).await else { return Vec::new() };
    let keys = keys.dyn_into::<Array>().map(|keys| keys.to_vec()).unwrap_or_default();
    keys.iter().filter_map(|key| OwnModel::at(&key.dyn_ref::<Request>()?.url())).collect()
}

async fn cache() -> Result<Cache> {
    let window = window()?;
    // Missing on pages that are not secure, though the binding does not know that.
    if property(&window, "caches").is_falsy() {
        return Err("it keeps nothing for pages that are not secure".to_owned());
    }
    let caches = window.caches().map_err(|error| text_of(&error))?;
    settled(caches.open(CACHE)).await?.dyn_into().map_err(|_| "it has no storage".to_owned())
}

async fn settled(promise: Promise) -> Result<JsValue> {
    JsFuture::from(promise).await.map_err(|error| text_of(&error))
}
