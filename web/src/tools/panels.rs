//! The panels beside the script, and the character that they are about.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web::dom::{Result, element, notice, on, select_tab, set_hidden, set_text, tabs, window};
use web_sys::{KeyboardEvent, MouseEvent};

use crate::{
    book::{Book, script},
    cursor, inside, odds,
};

const PANELS: [&str; 3] = ["cast", "odds", "inside"];

/// What is looked at.
pub(crate) struct Panels {
    pub(crate) book: Rc<Book>,
    /// Number of the character in the script.
    pub(crate) at: Cell<Option<usize>>,
    /// Whether the pointer leaves it alone, since it was chosen by a click or a key.
    pinned: Cell<bool>,
    panel: Cell<&'static str>,
    /// Whether the pointer has moved, and where to, since it was last looked at.
    pointer: RefCell<Option<(f64, f64)>>,
    /// Which unit is looked at.
    pub(crate) unit: Cell<usize>,
}

/// Connects the panels.
pub(crate) fn listen(book: &Rc<Book>) -> Result<()> {
    let panels = Rc::new(Panels {
        book: book.clone(),
        at: Cell::default(),
        pinned: Cell::default(),
        panel: Cell::new("cast"),
        pointer: RefCell::default(),
        unit: Cell::default(),
    });
    let this = panels.clone();
    tabs("panels", move |tab| this.choose(tab.strip_prefix("tab-").unwrap_or_default()))?;
    listen_to_paper(&panels)?;
    for field in ["temperature", "topk", "topp"] {
        let this = panels.clone();
        on(&*element(field)?, "input", move |_| this.show());
    }
    let window = window()?;
    let this = panels.clone();
    on(&window, "scriptorium-began", move |_| this.leave());
    let this = panels.clone();
    on(&window, "scriptorium-done", move |_| this.choose(this.panel.get()));
    let this = panels.clone();
    on(&window, "scriptorium-loaded", move |_| {
        this.book.close();
        this.leave();
    });
    let this = panels.clone();
    on(&window, "resize", move |_| drop(cursor::mark(this.at.get(), false)));
    inside::listen(&panels)
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
                web::turn::give_turn().await;
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
    /// Where a key leads to from the character that is looked at; nothing where the key means something else.
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
        // The mark is of use only where there is a character.
        let _ = cursor::mark(Some(at), scroll);
        if is_new {
            self.show();
        }
    }

    /// Shows what there is to know of the character, as soon as it is read.
    pub(crate) fn show(self: &Rc<Self>) {
        let Some(at) = self.at.get() else { return };
        let this = self.clone();
        spawn_local(async move {
            if this.book.kept(at).is_none() {
                set_text("odds-words", &web::words::word("odds-reading"));
            }
            match this.book.read(at).await {
                Ok(Some(kept)) if this.at.get() == Some(at) => {
                    let shown = match this.panel.get() {
                        "odds" => odds::show(&kept, at),
                        "inside" => inside::show(&this, &kept, at),
                        _ => Ok(()),
                    };
                    if let Err(message) = shown {
                        notice(&message);
                    }
                }
                Ok(_) => {}
                Err(message) => notice(&message),
            }
        });
    }

    /// Opens a panel.
    pub(crate) fn choose(self: &Rc<Self>, panel: &str) {
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
            spawn_local(async move {
                if let Err(message) = inside::open(&this).await {
                    notice(&message);
                }
                let _ = cursor::mark(this.at.get(), false);
                this.show();
            });
        } else {
            let _ = cursor::mark(self.at.get(), false);
            self.show();
        }
    }

    /// There is a new script: nothing is looked at.
    fn leave(&self) {
        self.at.set(None);
        self.pinned.set(false);
        inside::leave();
        odds::clear();
        let _ = cursor::mark(None, false);
    }

    /// Whether a panel is open.
    pub(crate) fn is_open(&self, panel: &str) -> bool {
        self.panel.get() == panel
    }
}
