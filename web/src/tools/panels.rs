//! The panels beside the script, and the character that they are about.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web::{
    dom::{Result, element, notice, on, select_tab, set_hidden, set_text, tabs, window},
    names::{BEGAN, DONE, LOADED},
    task,
    turn::give_turn,
    words::word,
};
use web_sys::{KeyboardEvent, MouseEvent};

use crate::{
    book::{Book, script},
    cursor,
    inside::{self, Inside},
    odds,
};

const PANELS: [&str; 3] = ["cast", "odds", "inside"];

/// What is looked at.
struct Panels {
    book: Rc<Book>,
    inside: Rc<Inside>,
    /// Number of the character in the script.
    at: Rc<Cell<Option<usize>>>,
    /// Whether the pointer leaves it alone, since it was chosen by a click or a key.
    pinned: Cell<bool>,
    panel: Cell<&'static str>,
    /// Whether the pointer has moved, and where to, since it was last looked at.
    pointer: RefCell<Option<(f64, f64)>>,
}

/// Connects the panels.
pub(crate) fn listen(book: &Rc<Book>) -> Result<()> {
    let at = Rc::default();
    let panels = Rc::new(Panels {
        book: book.clone(),
        inside: Inside::new(book, &at)?,
        at,
        pinned: Cell::default(),
        panel: Cell::new("cast"),
        pointer: RefCell::default(),
    });
    let this = panels.clone();
    tabs("panels", move |tab| this.choose(tab.strip_prefix("tab-").unwrap_or_default()))?;
    listen_to_paper(&panels)?;
    for field in ["temperature", "draw", "topk", "topp"] {
        let this = panels.clone();
        on(&*element(field)?, "input", move |_| this.show());
    }
    let window = window()?;
    let this = panels.clone();
    on(&window, BEGAN, move |_| this.leave());
    let this = panels.clone();
    on(&window, DONE, move |_| this.choose(this.panel.get()));
    let this = panels.clone();
    on(&window, LOADED, move |_| {
        this.book.close();
        this.leave();
    });
    let this = panels.clone();
    on(&window, "resize", move |_| drop(cursor::mark(this.at.get(), false)));
    Ok(())
}

fn listen_to_paper(panels: &Rc<Panels>) -> Result<()> {
    let paper = element("paper")?;
    let this = panels.clone();
    on(&paper, "click", move |event| {
        let event: MouseEvent = event.unchecked_into();
        let Some(at) = cursor::character_at(f64::from(event.client_x()), f64::from(event.client_y())) else {
            return;
        };
        // A second click on it lets it go again.
        let is_same = this.pinned.get() && this.at.get() == Some(at);
        this.pinned.set(!is_same);
        this.look_at(at, false);
    });
    let this = panels.clone();
    on(&paper, "mousemove", move |event| {
        if this.panel.get() == "cast" || this.pinned.get() {
            return;
        }
        let event: MouseEvent = event.unchecked_into();
        let place = (f64::from(event.client_x()), f64::from(event.client_y()));
        if this.pointer.replace(Some(place)).is_none() {
            let this = this.clone();
            // Once a turn: the pointer moves more often than anyone can read.
            spawn_local(async move {
                give_turn().await;
                if let Some(at) = this.pointer.take().and_then(|(x, y)| cursor::character_at(x, y)) {
                    this.look_at(at, false);
                }
            });
        }
    });
    let this = panels.clone();
    on(&paper, "keydown", move |event| {
        let event: KeyboardEvent = event.unchecked_into();
        if let Some(at) = this.next(&event.key()) {
            event.prevent_default();
            this.pinned.set(true);
            this.look_at(at, true);
        }
    });
    Ok(())
}

impl Panels {
    /// Where a key leads to from the character that is looked at; nothing if the key means something else.
    fn next(&self, key: &str) -> Option<usize> {
        let text: Vec<char> = script().chars().collect();
        let at = self.at.get();
        let here = at.unwrap_or(0).min(text.len());
        let line_start =
            |at: usize| text[..at].iter().rposition(|&c| c == '\n').map_or(0, |line_break| line_break + 1);
        let line_break = text[here..].iter().position(|&c| c == '\n').map(|further| here + further);
        let vertical = self.panel.get() != "cast";
        let next = match key {
            "ArrowRight" => at.map_or(0, |at| at + 1),
            "ArrowLeft" => here.saturating_sub(1),
            "ArrowUp" if vertical => line_start(line_start(here).saturating_sub(1)),
            "ArrowDown" if vertical => line_break.map_or(here, |line_break| line_break + 1),
            "Home" if vertical => line_start(here),
            "End" if vertical => line_break.unwrap_or(here),
            _ => return None,
        };
        (!text.is_empty()).then(|| next.min(text.len() - 1))
    }

    fn look_at(self: &Rc<Self>, at: usize, scroll: bool) {
        let is_new = self.at.replace(Some(at)) != Some(at);
        if self.panel.get() == "cast" {
            select_tab("tab-odds");
            self.choose("odds");
        }
        // The mark is of use only if there is a character.
        let _ = cursor::mark(Some(at), scroll);
        if is_new {
            self.show();
        }
    }

    /// Shows what there is to know of the character, as soon as it is read.
    fn show(self: &Rc<Self>) {
        if let Some(at) = self.at.get() {
            let this = self.clone();
            task::spawn(async move { this.try_show(at).await }, notice);
        }
    }

    async fn try_show(&self, at: usize) -> Result<()> {
        if self.book.kept(at).is_none() {
            set_text("odds-words", &word("odds-reading"));
        }
        let Some(kept) = self.book.read(at).await? else { return Ok(()) };
        match self.panel.get() {
            // Another character may be looked at meanwhile.
            _ if self.at.get() != Some(at) => Ok(()),
            "odds" => odds::show(&kept, at),
            "inside" => self.inside.show(&kept, at),
            _ => Ok(()),
        }
    }

    /// Opens a panel.
    fn choose(self: &Rc<Self>, panel: &str) {
        let Some(panel) = PANELS.into_iter().find(|known| *known == panel) else { return };
        self.panel.set(panel);
        for other in PANELS {
            set_hidden(&["panel-", other].concat(), other != panel);
        }
        let is_inside = panel == "inside";
        if !is_inside {
            inside::leave();
        }
        if script().is_empty() {
            return;
        }
        if is_inside {
            let this = self.clone();
            let open = async move {
                let opened = this.open_inside().await;
                this.show_marked();
                opened
            };
            task::spawn(open, notice);
        } else {
            self.show_marked();
        }
    }

    async fn open_inside(&self) -> Result<()> {
        match self.book.read(self.at.get().unwrap_or(0)).await? {
            // Another panel may have been opened meanwhile.
            Some(kept) if self.panel.get() == "inside" => self.inside.open(&kept),
            _ => Ok(()),
        }
    }

    fn show_marked(self: &Rc<Self>) {
        // The mark is of use only if there is a character.
        let _ = cursor::mark(self.at.get(), false);
        self.show();
    }

    /// There is a new script: nothing is looked at.
    fn leave(&self) {
        self.at.set(None);
        self.pinned.set(false);
        inside::leave();
        odds::clear();
        let _ = cursor::mark(None, false);
    }
}
