//! The character LSTM of Scriptorium.
//!
//! Data flows one way: [`Vocab`] → network → [`Weights`] → generator → script. Everything here runs
//! natively and in a browser alike; nothing here opens a file, starts a thread or prints.
//!
//! Without the `burn` feature the crate is plain Rust: the weights file, the CPU [`Generator`] and the
//! script's structure. With it come the trainable [`CharLstm`] and the block generator for a GPU.

mod decimal;
mod draw;
mod gates;
mod generator;
mod math;
mod number;
mod odds;
mod panels;
mod product;
mod reading;
mod request;
mod script;
mod vocab;
mod weights;
mod writer;

#[cfg(feature = "burn")]
mod network;

pub use decimal::{parse as parse_decimal, parse_f64 as parse_decimal_f64};
pub use draw::{Draw, DrawScratch, Sampling, draw, uniform};
pub use gates::GateFunction;
pub use generator::Generator;
pub use math::{exp, hard_sigmoid, log_softmax, sigmoid, tanh};
#[cfg(feature = "autodiff")]
pub use network::AdamStep;
#[cfg(feature = "wgpu")]
pub use network::{BlockError, BlockGenerator};
#[cfg(feature = "burn")]
pub use network::{CharLstm, LstmLayer, LstmState, Masks, lstm_sequence};
pub use odds::{Odds, odds};
pub use reading::{Feature, Reader, Reading, Step, feature, step, tracking_unit};
pub use request::{MAX_LENGTH, MAX_TEMPERATURE, Request, RequestError};
pub use script::{Cast, LineKind, LineReader, ScriptLine, cast, fountain};
pub use vocab::{UnknownCharacters, Vocab, VocabError};
pub use weights::{Card, Dense, Layer, MAX_HIDDEN, MAX_LAYERS, Precision, Weights, WeightsError};
pub use writer::{Rows, Writer};

/// Makes `#[test]` mean the browser's test attribute when the unit tests are built for wasm.
#[cfg(test)]
mod test_prelude {
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) use core::prelude::v1::test;
    #[cfg(target_arch = "wasm32")]
    pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;

    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
}
