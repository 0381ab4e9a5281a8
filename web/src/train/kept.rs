//! Trainings at rest, kept in the browser's own storage: a checkpoint, and the text that it goes on with. Every use of it
//! may fail.
//!
//! A training is two entries of a cache: the text, under the training's key, and the checkpoint, under the key and what is
//! known of it. A new checkpoint is put there before the one in whose place it comes is taken away.

use js_sys::{Array, JSON, Uint8Array, decode_uri_component, encode_uri_component};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web::{
    dom::{Result, text_of},
    messages::learner::{Epoch, TrainSettings},
    storage::{answered, ask_to_persist, open, settled, site},
};
use web_sys::{Cache, Request, Response};

/// What the cache's name begins with; then comes the site's path.
const CACHE: &str = "scriptorium trainings";
/// What the addresses begin with, below the page's.
const FOLDER: &str = "own-trainings/";
/// What stands between a key and what is known of the training.
const MARK: &str = "/checkpoint?about=";
/// Most trainings that are kept.
const MAX_KEPT: usize = 4;
/// Most epochs of which is known what they came to: all of it is in an address.
const MAX_EPOCHS: usize = 200;

/// What is known of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct About {
    /// What tells it from all others: digits and letters.
    pub(crate) key: String,
    /// Its name for people.
    pub(crate) title: String,
    /// The name of its text.
    pub(crate) text: String,
    /// Steps that are in the checkpoint.
    pub(crate) steps: f64,
    /// The epoch that it is in, from 1.
    pub(crate) epoch: u32,
    /// When it was kept, in milliseconds of the browser's clock.
    pub(crate) when: f64,
    /// Its settings.
    pub(crate) settings: TrainSettings,
    /// What the last epochs came to.
    pub(crate) history: Vec<Epoch>,
}

impl About {
    /// Another epoch is done.
    pub(crate) fn add(&mut self, epoch: Epoch) {
        if self.history.len() >= MAX_EPOCHS {
            self.history.remove(0);
        }
        self.history.push(epoch);
    }
}

/// A training that can go on.
pub(crate) struct Training {
    /// What is known of it.
    pub(crate) about: About,
    /// Its text.
    pub(crate) text: Uint8Array,
    /// Its checkpoint.
    pub(crate) checkpoint: Uint8Array,
}

impl Training {
    /// Keeps it, in the place of what was kept of it before.
    pub(crate) async fn keep(&self) -> Result<()> {
        let cache = cache().await?;
        let key = &self.about.key;
        let text = [FOLDER, key, "/text"].concat();
        if answered(cache.match_with_str(&text)).await?.is_undefined() {
            ask_to_persist();
            settled(cache.put_with_str(&text, &response(&self.text)?)).await?;
        }
        let address = [FOLDER, key, MARK, &written(&self.about)?].concat();
        settled(cache.put_with_str(&address, &response(&self.checkpoint)?)).await?;
        let entries = entries(&cache).await?;
        for (request, about) in &entries {
            if about.key == *key && *about != self.about {
                settled(cache.delete_with_request(request)).await?;
            }
        }
        // Those of others, the oldest first.
        let mut others: Vec<&About> =
            entries.iter().map(|(_, about)| about).filter(|about| about.key != *key).collect();
        while others.len() >= MAX_KEPT {
            let oldest = others.iter().enumerate().min_by(|a, b| a.1.when.total_cmp(&b.1.when));
            let Some((at, _)) = oldest else { break };
            remove(&others.remove(at).key).await?;
        }
        Ok(())
    }

    /// Brings it back.
    pub(crate) async fn load(about: About) -> Result<Self> {
        let cache = cache().await?;
        let found = entries(&cache).await?.into_iter().find(|(_, other)| other.key == about.key);
        // Another tab may have gone on with it meanwhile.
        let (request, about) = found.ok_or("it is kept no more")?;
        let checkpoint = bytes(answered(cache.match_with_request(&request)).await?).await?;
        let text = answered(cache.match_with_str(&[FOLDER, &about.key, "/text"].concat())).await?;
        Ok(Self { about, text: bytes(text).await?, checkpoint })
    }
}

/// All that are kept, the newest first.
pub(crate) async fn all() -> Result<Vec<About>> {
    let entries = entries(&cache().await?).await?;
    let mut all: Vec<About> = Vec::new();
    for (_, about) in entries {
        all.retain(|other| other.key != about.key);
        let place = all.iter().position(|other| other.when < about.when).unwrap_or(all.len());
        all.insert(place, about);
    }
    Ok(all)
}

/// Removes what is kept under a key.
pub(crate) async fn remove(key: &str) -> Result<()> {
    let cache = cache().await?;
    for (request, about) in entries(&cache).await? {
        if about.key == key {
            settled(cache.delete_with_request(&request)).await?;
        }
    }
    settled(cache.delete_with_str(&[FOLDER, key, "/text"].concat())).await?;
    Ok(())
}

/// The checkpoints, each with what is known of it; what cannot be read is passed over.
async fn entries(cache: &Cache) -> Result<Vec<(Request, About)>> {
    let keys = answered(cache.keys()).await?.dyn_into::<Array>();
    let keys = keys.map(|keys| keys.to_vec()).unwrap_or_default();
    let entry = |key: JsValue| {
        let request: Request = key.dyn_into().ok()?;
        let address = request.url();
        let (before, about) = address.split_once(MARK)?;
        let about: About = read(about)?;
        before.ends_with(&about.key).then_some((request, about))
    };
    Ok(keys.into_iter().filter_map(entry).collect())
}

fn written(about: &About) -> Result<String> {
    let object = serde_wasm_bindgen::to_value(about).map_err(|error| text_of(&error.into()))?;
    let json = JSON::stringify(&object).map_err(|error| text_of(&error))?;
    Ok(encode_uri_component(&String::from(json)).into())
}

fn read(about: &str) -> Option<About> {
    let json = decode_uri_component(about).ok()?;
    serde_wasm_bindgen::from_value(JSON::parse(&String::from(json)).ok()?).ok()
}

fn response(bytes: &Uint8Array) -> Result<Response> {
    Response::new_with_opt_js_u8_array(Some(bytes)).map_err(|error| text_of(&error))
}

async fn bytes(response: JsValue) -> Result<Uint8Array> {
    let response: Response = response.dyn_into().map_err(|_| "it is kept no more")?;
    let bytes = response.array_buffer().map_err(|error| text_of(&error))?;
    Ok(Uint8Array::new(&settled(bytes).await?))
}

async fn cache() -> Result<Cache> {
    open(&[CACHE, " ", &site()?.pathname()].concat()).await
}
