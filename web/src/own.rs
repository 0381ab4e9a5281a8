//! Models that visitors bring or train: kept in the browser's own storage, until they remove them. Nothing is uploaded.
//!
//! A model is an entry of a cache of its own: the weights file under an address that has its name and its title.

use js_sys::{Array, Uint8Array, decode_uri_component, encode_uri_component};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Cache, Request, Response};

use crate::{
    dom::{Result, dispatch, property, set_global, text_of, window},
    names::{BROUGHT, BROUGHT_MODEL},
    storage::{answered, ask_to_persist, open, settled, site},
};

/// What the cache's name begins with; then comes the site's path, as sites of one origin have one storage. Without a path
/// it is the cache that all sites of an origin shared once.
const CACHE: &str = "scriptorium models";
/// What the addresses begin with, below the page's.
const FOLDER: &str = "own-models/";
/// What the names of such models begin with.
const PREFIX: &str = "own-";

/// A model of the visitor's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnModel {
    /// Its name in the page's address: `own-` and what tells it from others. One model is kept under it.
    pub id: String,
    /// Its name for people.
    pub title: String,
}

/// Whether a model's name is that of a visitor's own.
pub fn is_own(id: &str) -> bool {
    id.starts_with(PREFIX)
}

/// A model that was brought just now: how the page's other programs hand it to the page, which keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Brought {
    /// Its name in the page's address.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// The weights file.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub file: Uint8Array,
    /// Whether to write with it now, rather than to have it in the list.
    pub in_use: bool,
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
    /// A model by what tells it from all others: the hash of its file, or the name of a training whose weights change.
    pub fn new(key: &str, title: String) -> Self {
        Self { id: [PREFIX, key].concat(), title }
    }

    /// The model that is kept under an address, if it is one's.
    fn at(address: &str) -> Option<Self> {
        let (_, rest) = address.rsplit_once(FOLDER)?;
        let (id, title) = rest.split_once("?title=")?;
        let title = decode_uri_component(title).ok()?;
        Some(Self { id: id.to_owned(), title: title.into() })
    }

    fn address(&self) -> String {
        ["./", FOLDER, &self.id, "?title=", &String::from(encode_uri_component(&self.title))].concat()
    }

    /// Keeps its weights file, in the place of one that was kept under the same name, whatever its title.
    ///
    /// # Errors
    /// The browser's reason, if it has no room or no storage.
    pub async fn keep(&self, file: &Uint8Array) -> Result<()> {
        let cache = cache().await?;
        let response = Response::new_with_opt_js_u8_array(Some(file)).map_err(|error| text_of(&error))?;
        ask_to_persist();
        self.put(&cache, &response).await
    }

    async fn put(&self, cache: &Cache, response: &Response) -> Result<()> {
        settled(cache.put_with_str(&self.address(), response)).await?;
        for (key, model) in entries(cache).await? {
            if model.id == self.id && model.title != self.title {
                settled(cache.delete_with_request(&key)).await?;
            }
        }
        Ok(())
    }

    /// Its weights file.
    ///
    /// # Errors
    /// The browser's reason, if it has it no more.
    pub async fn file(&self) -> Result<Uint8Array> {
        let cache = cache().await?;
        let gone = || "it is kept no more".to_owned();
        // Another tab may have given it another title.
        let found = entries(&cache).await?.into_iter().rev().find(|(_, model)| model.id == self.id);
        let (key, _) = found.ok_or_else(gone)?;
        let kept = answered(cache.match_with_request(&key)).await?;
        let response: Response = kept.dyn_into().map_err(|_| gone())?;
        let bytes = response.array_buffer().map_err(|error| text_of(&error))?;
        Ok(Uint8Array::new(&settled(bytes).await?))
    }

    /// Removes it.
    ///
    /// # Errors
    /// The browser's reason.
    pub async fn remove(&self) -> Result<()> {
        let cache = cache().await?;
        for (key, model) in entries(&cache).await? {
            if model.id == self.id {
                settled(cache.delete_with_request(&key)).await?;
            }
        }
        Ok(())
    }
}

/// All models that are kept.
///
/// # Errors
/// The browser's reason, if its storage cannot be read.
pub async fn all() -> Result<Vec<OwnModel>> {
    let cache = cache().await?;
    // What cannot be taken over stays where it is.
    let _ = take_over(&cache).await;
    let mut models: Vec<OwnModel> = Vec::new();
    for (_, model) in entries(&cache).await? {
        models.retain(|other| other.id != model.id);
        models.push(model);
    }
    Ok(models)
}

/// Takes this site's models out of the cache that all sites of an origin shared once.
async fn take_over(cache: &Cache) -> Result<()> {
    let caches = window()?.caches().map_err(|error| text_of(&error))?;
    if !answered(caches.has(CACHE)).await?.is_truthy() {
        return Ok(());
    }
    let shared = open(CACHE).await?;
    let folder = [&site()?.href(), FOLDER].concat();
    for (key, model) in entries(&shared).await? {
        if !key.url().starts_with(&folder) {
            continue;
        }
        let kept = answered(shared.match_with_request(&key)).await?;
        if let Ok(response) = kept.dyn_into::<Response>() {
            model.put(cache, &response).await?;
        }
        settled(shared.delete_with_request(&key)).await?;
    }
    Ok(())
}

/// What a cache keeps, in the order in which it came.
async fn entries(cache: &Cache) -> Result<Vec<(Request, OwnModel)>> {
    let keys = answered(cache.keys()).await?.dyn_into::<Array>();
    let keys = keys.map(|keys| keys.to_vec()).unwrap_or_default();
    let entry = |key: JsValue| {
        let key: Request = key.dyn_into().ok()?;
        let model = OwnModel::at(&key.url())?;
        Some((key, model))
    };
    Ok(keys.into_iter().filter_map(entry).collect())
}

async fn cache() -> Result<Cache> {
    open(&[CACHE, " ", &site()?.pathname()].concat()).await
}
