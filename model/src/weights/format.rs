//! What a weights file calls itself, and how large a model in it may be.

/// Value of the metadata field `format`.
pub(super) const FORMAT: &str = "scriptorium";
/// Value of the metadata field `version`: raised when a reader of the old files would be misled.
pub(super) const VERSION: &str = "1";

/// Value of the metadata field `architecture`.
pub(super) const LSTM: &str = "lstm";
/// The same with `hard_sigmoid` gates: a word of its own, so that a reader that knows only the other refuses the file.
pub(super) const HARD_LSTM: &str = "lstm-hard-sigmoid";

/// Most layers a file may declare.
pub const MAX_LAYERS: usize = 8;
/// Most units a layer may have.
pub const MAX_HIDDEN: usize = 2048;
