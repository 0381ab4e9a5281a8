//! Chromium as the monkey uses it.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde_json::Value;

use super::window::Window;
use crate::{
    Webgpu,
    chrome::{Browser, Tab},
};

pub(crate) struct Chromium {
    browser: Browser,
    tabs: Vec<Tab>,
    before: String,
    errors: Arc<Mutex<Vec<String>>>,
}

impl Chromium {
    pub(crate) fn start(webgpu: Webgpu, before: &str) -> Result<Self> {
        let (tabs, errors) = (Vec::new(), Arc::default());
        Ok(Self { browser: Browser::start(webgpu)?, tabs, before: before.to_owned(), errors })
    }

    fn tab(&self, tab: usize) -> Result<&Tab> {
        self.tabs.get(tab).context("there is no such tab")
    }
}

impl Window for Chromium {
    fn open(&mut self, address: &str) -> Result<()> {
        let tab = self.browser.tab()?;
        tab.run_before(&self.before)?;
        tab.record_errors(self.errors.clone())?;
        tab.navigate(address)?;
        tab.bring_to_front()?;
        self.tabs.push(tab);
        Ok(())
    }

    fn close(&mut self, tab: usize) -> Result<()> {
        self.tab(tab)?.close();
        self.tabs.remove(tab);
        Ok(())
    }

    fn count(&self) -> usize {
        self.tabs.len()
    }

    fn front(&mut self, tab: usize) -> Result<()> {
        self.tab(tab)?.bring_to_front()
    }

    fn go(&mut self, tab: usize, address: &str) -> Result<()> {
        self.tab(tab)?.navigate(address)
    }

    fn evaluate(&mut self, tab: usize, expression: &str) -> Result<Value> {
        self.tab(tab)?.evaluate(expression)
    }

    fn resize(&mut self, tab: usize, width: u32, height: u32) -> Result<()> {
        self.tab(tab)?.resize(width, height)
    }

    fn errors(&mut self) -> Result<Vec<String>> {
        Ok(std::mem::take(&mut self.errors.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
