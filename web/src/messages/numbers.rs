//! Many numbers in a message: typed arrays, so that none of them becomes a JavaScript value of its own.

use js_sys::{Float32Array, Uint32Array};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_wasm_bindgen::preserve;

/// Ids of characters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ids(#[serde(with = "ids")] pub Vec<u32>);

/// A `Vec<u32>` as a `Uint32Array`.
pub(super) mod ids {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(ids: &[u32], serializer: S) -> Result<S::Ok, S::Error> {
        preserve::serialize(&Uint32Array::from(ids), serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
        preserve::deserialize(deserializer).map(|ids: Uint32Array| ids.to_vec())
    }
}

/// A `Vec<f32>` as a `Float32Array`.
pub(super) mod floats {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(floats: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
        preserve::serialize(&Float32Array::from(floats), serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
        preserve::deserialize(deserializer).map(|floats: Float32Array| floats.to_vec())
    }
}
