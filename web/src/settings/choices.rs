//! Settings that are one of a few.

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// A script.
    #[default]
    Write,
    /// Scripts of several temperatures, side by side.
    Sweep,
    /// A text of the visitor's, coloured by how much it surprises the model.
    Surprise,
    /// A training.
    Train,
}

impl View {
    /// The view of a name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Write, Self::Sweep, Self::Surprise, Self::Train].into_iter().find(|view| view.name() == name)
    }

    /// Its name in links and in the document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Sweep => "sweep",
            Self::Surprise => "surprise",
            Self::Train => "train",
        }
    }

    /// Whether scripts are written in it.
    pub fn is_of_scripts(self) -> bool {
        matches!(self, Self::Write | Self::Sweep)
    }
}

/// Who is to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// The faster of those that work.
    #[default]
    Auto,
    /// The burn model on WebGPU.
    WebGpu,
    /// The plain loop in the page.
    Cpu,
}

impl EngineChoice {
    /// The choice of a name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "auto" => Self::Auto,
            "webgpu" => Self::WebGpu,
            "cpu" => Self::Cpu,
            _ => return None,
        })
    }
}
