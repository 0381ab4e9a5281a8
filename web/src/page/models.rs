//! The models that come with the page.

/// A model in the page's `weights` folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Model {
    /// Its name in the URL, and its file's without the ending.
    pub(crate) id: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// A prompt to begin with.
    pub(crate) prompt: &'static str,
}

/// All models; the first is the default.
pub(crate) const MODELS: [Model; 3] = [
    Model { id: "shakespeare", title: "Shakespeare's plays", prompt: "ROMEO:\n" },
    Model { id: "deep-space-nine", title: "Deep Space Nine", prompt: "SISKO: " },
    Model { id: "notebook", title: "Deep Space Nine, the notebook's small model", prompt: "SISKO: " },
];

impl Model {
    pub(crate) fn by_id(id: &str) -> Option<Self> {
        MODELS.into_iter().find(|model| model.id == id)
    }

    pub(crate) fn url(&self) -> String {
        format!("weights/{}.safetensors", self.id)
    }
}
