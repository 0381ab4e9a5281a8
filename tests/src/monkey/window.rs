//! What the monkey needs of a browser.

use anyhow::Result;
use serde_json::Value;

use crate::Webgpu;

/// A browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Chrome or Chromium.
    Chromium(Webgpu),
    /// Firefox, which the environment names in `FIREFOX`, or the one on the path.
    Firefox,
}

/// A browser and its tabs, which are numbered from 0.
pub(crate) trait Window {
    /// Opens another tab at an address; it is in front, and the last.
    fn open(&mut self, address: &str) -> Result<()>;
    /// Closes one; those behind it move up.
    fn close(&mut self, tab: usize) -> Result<()>;
    /// How many there are.
    fn count(&self) -> usize;
    /// Brings one to the front.
    fn front(&mut self, tab: usize) -> Result<()>;
    /// Starts to load an address.
    fn go(&mut self, tab: usize, address: &str) -> Result<()>;
    /// The value of an expression; a promise's once it is there.
    fn evaluate(&mut self, tab: usize, expression: &str) -> Result<Value>;
    /// Sets the size of what is seen, in CSS pixels.
    fn resize(&mut self, tab: usize, width: u32, height: u32) -> Result<()>;
    /// Errors that nobody caught and errors that were printed, of all pages since the last call.
    fn errors(&mut self) -> Result<Vec<String>>;
}
