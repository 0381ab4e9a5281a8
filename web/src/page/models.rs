//! The models that come with the page: its file weights/models.json lists them.

use js_sys::{Array, JSON, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web::{
    dom::{Result, property},
    fetch,
    own::{self, OwnModel},
    words::{word, words},
};

/// A model in the page's `weights` folder, or one that the visitor brought.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// Its name in the URL.
    pub(crate) id: String,
    /// Its name for people.
    pub(crate) title: String,
    /// Where its weights file is, for people too.
    pub(crate) url: String,
    /// SHA-256 of that file, in hexadecimal digits.
    pub(crate) sha256: String,
    /// Prompts to begin with; at least one.
    pub(crate) prompts: Vec<String>,
    /// What the browser knows it by, if the visitor brought it.
    pub(crate) own: Option<OwnModel>,
    /// The weights file, if it was brought just now.
    pub(crate) file: Option<Uint8Array>,
}

/// All models, and what else the page was built with.
#[derive(Debug, Default)]
pub(crate) struct Models {
    /// At least one; the first is the default.
    pub(crate) list: Vec<Model>,
    /// Bytes of the engine's program; 0 if that is not known.
    pub(crate) engine_bytes: f64,
}

impl Models {
    /// Fetches and reads the list.
    pub(crate) async fn fetch() -> Result<Self> {
        let file = fetch::text("weights/models.json").await?;
        let broken = |error: &str| words("models-broken", &[("error", error)]);
        let parsed = JSON::parse(&file).map_err(|error| broken(&web::dom::text_of(&error)))?;
        let list: Vec<Model> = elements(&parsed, "models").iter().filter_map(Model::read).collect();
        if list.is_empty() {
            return Err(broken(&word("models-none")));
        }
        Ok(Self { list, engine_bytes: property(&parsed, "engine_bytes").as_f64().unwrap_or(0.0) })
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.list.iter().map(|model| model.id.as_str()).collect()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Model> {
        self.list.iter().find(|model| model.id == id)
    }
}

impl Model {
    /// A model of the list; nothing if something is missing.
    fn read(listed: &JsValue) -> Option<Self> {
        let text = |name| property(listed, name).as_string();
        let prompts: Vec<String> =
            elements(listed, "prompts").iter().filter_map(JsValue::as_string).collect();
        let mut id = text("id")?;
        if own::is_own(&id) {
            // Such names are the visitors' own.
            id = ["listed-", &id].concat();
        }
        Some(Self {
            id,
            title: text("title")?,
            url: ["weights/", &text("file")?].concat(),
            sha256: text("sha256").unwrap_or_default(),
            prompts: if prompts.is_empty() { vec![String::new()] } else { prompts },
            own: None,
            file: None,
        })
    }

    /// A model that the visitor brought. Its hash is in its name.
    pub(crate) fn own(own: OwnModel, file: Option<Uint8Array>) -> Self {
        Self {
            id: own.id.clone(),
            title: own.title.clone(),
            url: own.title.clone(),
            sha256: String::new(),
            prompts: vec![String::new()],
            own: Some(own),
            file,
        }
    }

    /// Its weights file.
    pub(crate) async fn fetch(&self) -> Result<Uint8Array> {
        match (&self.file, &self.own) {
            (Some(file), _) => Ok(file.clone()),
            (None, Some(own)) => own
                .file()
                .await
                .map_err(|error| words("own-lost", &[("model", &self.title), ("error", &error)])),
            (None, None) => fetch::bytes(&self.url).await,
        }
    }

    /// The first digits of the hash, as links have them.
    pub(crate) fn short_hash(&self) -> &str {
        self.sha256.get(..12).unwrap_or_default()
    }
}

fn elements(object: &JsValue, name: &str) -> Vec<JsValue> {
    property(object, name).dyn_into::<Array>().map(|array| array.to_vec()).unwrap_or_default()
}
