//! What lies around a page: its window, its storage, what it asks for.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::Page;

impl Page {
    /// Keeps the addresses of all requests from now on.
    pub(crate) fn record_requests(&self) -> Result<()> {
        self.tab.record_requests()
    }

    /// The addresses that the page has asked for, if the visit records them.
    pub fn requests(&self) -> Vec<String> {
        self.tab.requests()
    }

    /// Lets the page's origin keep so many bytes and no more.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn limit_storage(&self, bytes: f64) -> Result<()> {
        self.tab.limit_storage(self.value_as("location.origin")?, bytes)
    }

    /// Makes this the tab that is seen.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn bring_to_front(&self) -> Result<()> {
        self.tab.bring_to_front()
    }

    /// Has the page's garbage collected.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn collect_garbage(&self) -> Result<()> {
        self.tab.collect_garbage()
    }

    /// Sets the width and height of the window in CSS pixels, and light or dark; asks for little motion, so that nothing
    /// moves on a picture.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn emulate(&self, size: [u32; 2], dark: bool) -> Result<()> {
        self.tab.emulate(size, dark)
    }

    /// Writes a picture of the page as it is seen.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        let png = self.tab.screenshot()?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, png).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Closes the tab.
    pub(crate) fn close(self) {
        self.tab.close();
    }
}
