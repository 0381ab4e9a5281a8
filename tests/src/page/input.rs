//! What a person does to a page.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Page, element, literal};

impl Page {
    /// Presses a button, or whatever else can be clicked.
    ///
    /// # Errors
    /// If there is no such element to be seen.
    pub fn press(&self, selector: &str) -> Result<()> {
        self.tab.wait_for_element(selector)?;
        // Away from the window's edges, where something may lie over it.
        self.run(&format!("{}.scrollIntoView({{block: 'center'}})", element(selector)))?;
        self.tab.click(selector)
    }

    /// Replaces a field's content by typing.
    ///
    /// # Errors
    /// If there is no such field.
    pub fn write(&self, selector: &str, text: &str) -> Result<()> {
        self.tab.wait_for_element(selector)?;
        self.run(&format!("{}.select()", element(selector)))?;
        self.focus(selector)?;
        if text.is_empty() { self.key("Backspace") } else { self.tab.insert_text(text) }
    }

    /// Puts the focus on an element.
    ///
    /// # Errors
    /// If there is no such element.
    pub fn focus(&self, selector: &str) -> Result<()> {
        self.run(&format!("{}.focus()", element(selector)))
    }

    /// Presses a key (as `ArrowRight`, `Enter`, `Tab`) on the element that has the focus.
    ///
    /// # Errors
    /// If there is no such key.
    pub fn key(&self, name: &str) -> Result<()> {
        self.tab.press_key(name)
    }

    /// Moves a slider.
    ///
    /// # Errors
    /// If there is no such slider.
    pub fn slide(&self, selector: &str, value: &str) -> Result<()> {
        self.set(selector, value, "input")
    }

    /// Chooses an option of a list.
    ///
    /// # Errors
    /// If there is no such list.
    pub fn choose(&self, selector: &str, value: &str) -> Result<()> {
        self.set(selector, value, "change")
    }

    /// Sets a control's value and tells the page by an event.
    fn set(&self, selector: &str, value: &str, event: &str) -> Result<()> {
        let (element, value) = (element(selector), literal(value));
        self.run(&format!(
            "const control = {element}; control.value = {value}; control.dispatchEvent(new Event('{event}', {{bubbles: true}}));"
        ))
    }

    /// Chooses a file in a field for files.
    ///
    /// # Errors
    /// If there is no such field.
    pub fn choose_file(&self, selector: &str, file: &Path) -> Result<()> {
        self.tab.choose_file(selector, file)
    }

    /// Drops files on the page, as from a folder's window.
    ///
    /// # Errors
    /// If the browser is gone or a path is not Unicode.
    pub fn drop_files(&self, files: &[&Path]) -> Result<()> {
        self.tab.drop_files(files)
    }

    /// Clicks the script's character `at`.
    ///
    /// # Errors
    /// If the script is shorter.
    pub fn press_character(&self, at: usize) -> Result<()> {
        let [x, y] = self.place_of_character(at)?;
        self.tab.click_at(x, y)
    }

    /// Moves the pointer to the script's character `at`.
    ///
    /// # Errors
    /// If the script is shorter.
    pub fn point_at_character(&self, at: usize) -> Result<()> {
        let [x, y] = self.place_of_character(at)?;
        self.tab.point_at(x, y)
    }

    /// Where the script's character `at` is seen, after scrolling there: its middle, in CSS pixels of the window.
    fn place_of_character(&self, at: usize) -> Result<[f64; 2]> {
        let place: Option<[f64; 2]> = self.value_as(&format!(
            "(() => {{
              const box = ['script', 'heat'].map(id => document.getElementById(id)).find(e => !e.hidden);
              const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
              let left = {at};
              for (let node = walker.nextNode(); node; node = walker.nextNode()) {{
                if (left < node.length) {{
                  const range = document.createRange();
                  range.setStart(node, left);
                  range.setEnd(node, left + 1);
                  node.parentElement.scrollIntoView({{block: 'center'}});
                  const place = range.getBoundingClientRect();
                  return [place.x + place.width / 2, place.y + place.height / 2];
                }}
                left -= node.length;
              }}
            }})()"
        ))?;
        place.with_context(|| format!("the script has no character {at}"))
    }
}
