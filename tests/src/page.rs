//! A page in a tab: going somewhere, reading what is there, and waiting for it. What a person does to it is in `input`.

mod input;
mod window;

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::chrome::{Browser, PATIENCE, Tab};

/// A page in a tab of its own.
pub struct Page {
    tab: Tab,
}

impl Page {
    /// An empty page, in which `before` runs before any script of what is opened.
    pub(crate) fn new(browser: &Browser, before: &str) -> Result<Self> {
        let tab = browser.tab()?;
        if !before.is_empty() {
            tab.run_before(before)?;
        }
        Ok(Self { tab })
    }

    /// Opens an address.
    ///
    /// # Errors
    /// If the browser is gone or the address cannot be reached.
    pub fn open(browser: &Browser, url: &str) -> Result<Self> {
        let page = Self::new(browser, "")?;
        page.go(url)?;
        Ok(page)
    }

    /// Goes to an address.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub fn go(&self, url: &str) -> Result<()> {
        self.tab.navigate(url)?;
        // Asked rather than listened for: the event may have come before anyone listens.
        self.wait("document.readyState == 'complete'")
    }

    /// The value of a JavaScript expression; a promise's once it is there.
    ///
    /// # Errors
    /// If the expression throws.
    pub fn value(&self, expression: &str) -> Result<Value> {
        self.tab.evaluate(expression)
    }

    /// The same, as a type.
    ///
    /// # Errors
    /// If the expression throws or its value is of another type.
    pub fn value_as<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let value = self.value(expression)?;
        serde_json::from_value(value).with_context(|| format!("{expression} is of another type"))
    }

    /// Runs JavaScript statements to their end.
    ///
    /// # Errors
    /// If they throw.
    pub fn run(&self, statements: &str) -> Result<()> {
        self.value(&format!("(async () => {{ {statements}\n }})()"))?;
        Ok(())
    }

    /// A property of the first element that the selector finds.
    ///
    /// # Errors
    /// If there is no such element.
    pub fn property(&self, selector: &str, name: &str) -> Result<Value> {
        self.value(&format!("{}.{name}", element(selector)))
    }

    /// The same, as a type.
    ///
    /// # Errors
    /// If there is no such element or the property is of another type.
    pub fn property_as<T: DeserializeOwned>(&self, selector: &str, name: &str) -> Result<T> {
        self.value_as(&format!("{}.{name}", element(selector)))
    }

    /// An element's text as it is in the document.
    ///
    /// # Errors
    /// If there is no such element.
    pub fn read(&self, selector: &str) -> Result<String> {
        self.property_as(selector, "textContent")
    }

    /// The texts of all elements that the selector finds.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn read_all(&self, selector: &str) -> Result<Vec<String>> {
        self.properties(selector, "textContent")
    }

    /// A property of all elements that the selector finds.
    ///
    /// # Errors
    /// If it is of another type.
    pub fn properties<T: DeserializeOwned>(&self, selector: &str, name: &str) -> Result<Vec<T>> {
        self.value_as(&format!("[...document.querySelectorAll({})].map(e => e.{name})", literal(selector)))
    }

    /// Waits until an expression is true.
    ///
    /// # Errors
    /// If that takes too long; says what the page shows.
    pub fn wait(&self, condition: &str) -> Result<()> {
        // What throws, as an element is not there yet or a name is not known yet, is not true yet.
        let holds =
            format!("(() => {{ try {{ return Boolean({condition}); }} catch {{ return false; }} }})()");
        let start = Instant::now();
        while self.value(&holds)? != Value::Bool(true) {
            if start.elapsed() > PATIENCE {
                let shown = self.read("body").unwrap_or_default();
                bail!("waited in vain for {condition}; the page shows: {shown:.1500}");
            }
            sleep(Duration::from_millis(30));
        }
        Ok(())
    }

    /// Waits until something is true of an element: `wait_for("#notice", "hidden == false")`.
    ///
    /// # Errors
    /// If that takes too long.
    pub fn wait_for(&self, selector: &str, condition: &str) -> Result<()> {
        self.wait(&format!("{}.{condition}", element(selector)))
    }

    /// Waits until a text is in an element's.
    ///
    /// # Errors
    /// If that takes too long.
    pub fn wait_for_text(&self, selector: &str, part: &str) -> Result<()> {
        self.wait_for(selector, &format!("textContent.includes({})", literal(part)))
    }

    /// Waits until so many elements are there.
    ///
    /// # Errors
    /// If that takes too long.
    pub fn wait_for_count(&self, selector: &str, count: usize) -> Result<()> {
        self.wait(&format!("document.querySelectorAll({}).length == {count}", literal(selector)))
    }
}

/// A text as JavaScript writes it.
pub(crate) fn literal(text: &str) -> Value {
    Value::from(text)
}

fn element(selector: &str) -> String {
    format!("document.querySelector({})", literal(selector))
}
