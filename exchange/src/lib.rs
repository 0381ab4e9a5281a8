//! Models of other frameworks in and out: Keras, PyTorch, ONNX, burn's own LSTM.
//!
//! Bytes in, bytes out: nothing here opens a file, starts a thread or prints, natively and in a browser alike. A model
//! comes in by [`read()`] or [`import()`] and goes out by [`export()`]; [`read_vocab`] reads what its characters are.

mod characters;
mod error;
mod export;
mod format;
mod import;
mod layout;
mod vocabulary;

pub use characters::Characters;
pub use corpus::Choice;
pub use error::{ExportError, ImportError};
pub use export::{Kind, export};
pub use format::Format;
pub use import::{Imported, Model, import, read};
pub use vocabulary::{VocabularyError, read_vocab};
