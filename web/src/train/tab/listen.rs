//! What the visitor types, chooses, drops and presses.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web::{
    dom::{Result, by_id, document, element, on, on_click, window},
    turn::pause,
};
use web_sys::{DragEvent, Element, Event, FileList, HtmlInputElement};

use super::{State, Tab};
use crate::{beginning, form, text};

/// Milliseconds without another change after which a text is read, or an estimate asked for.
const PATIENCE_MILLISECONDS: i32 = 500;

/// What a button does.
type Act = fn(&Rc<Tab>);

impl Tab {
    /// Connects the controls.
    pub(super) fn listen(self: &Rc<Self>) -> Result<()> {
        self.listen_to_text()?;
        self.listen_to_settings()?;
        self.listen_to_buttons()?;
        self.listen_to_page()
    }

    fn listen_to_text(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        on(&*element("train-text")?, "input", move |_| {
            this.is_read.set(false);
            // Nothing of what was there before is to be trained on.
            this.text.take(Vec::new());
            text::clear_files();
            this.when_quiet(|this| this.read_typed());
        });
        let this = self.clone();
        on(&*element("train-files")?, "change", move |_| {
            let files = by_id::<HtmlInputElement>("train-files").ok().and_then(|field| field.files());
            if let Some(files) = files {
                this.take_files(files);
            }
        });
        for id in ["train-series", "train-episodes", "train-rare"] {
            let this = self.clone();
            on(&*element(id)?, "change", move |_| {
                this.is_read.set(false);
                let read = this.read();
                this.report(read);
            });
        }
        let place = element("train")?;
        on(&place, "dragover", |event| event.prevent_default());
        let this = self.clone();
        on(&place, "drop", move |event| this.take_dropped(&event));
        Ok(())
    }

    fn listen_to_settings(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        on(&*element("train-recipe")?, "change", move |_| {
            let changed = form::change_recipe();
            this.report(changed);
        });
        let this = self.clone();
        on(&*element("train-from")?, "change", move |_| {
            let shown = beginning::show();
            this.report(shown);
        });
        // The page may have other models by now.
        on(&*element("train-from")?, "focus", |_| drop(beginning::list()));
        let this = self.clone();
        on(&*element("train-fields")?, "input", move |event| {
            let is_text = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if is_text.is_some_and(|field| ["train-text", "train-files"].contains(&field.id().as_str())) {
                return;
            }
            form::forgive();
            this.when_quiet(|this| this.estimate());
        });
        Ok(())
    }

    fn listen_to_buttons(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        on(&*element("train")?, "submit", move |event| {
            event.prevent_default();
            this.train();
        });
        let buttons: [(&str, Act); 6] = [
            ("train-stop", Self::stop),
            ("train-resume", Self::go_on),
            ("train-discard", Self::discard),
            ("train-write", Self::write_with_it),
            ("train-keep", Self::put_into_list),
            ("train-download", Self::download),
        ];
        for (id, act) in buttons {
            let this = self.clone();
            on_click(id, move || act(&this))?;
        }
        let this = self.clone();
        on(&*element("train-pace")?, "change", move |_| {
            let sent = this.send_pace();
            this.report(sent);
        });
        Ok(())
    }

    fn listen_to_page(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        let document = document()?;
        on(&document.clone(), "visibilitychange", move |_| {
            if document.hidden() {
                this.ask_for_checkpoint();
            }
        });
        let this = self.clone();
        on(&*window()?, "pagehide", move |_| this.ask_for_checkpoint());
        let this = self.clone();
        // A link that differs behind `#` alone is opened without loading the page anew.
        on(&*window()?, "hashchange", move |_| {
            if this.state.get() == State::Idle {
                let filled = this.fill();
                this.report(filled);
            }
        });
        Ok(())
    }

    /// Calls something when nothing has changed for a while.
    fn when_quiet(self: &Rc<Self>, act: impl FnOnce(&Rc<Self>) -> Result<()> + 'static) {
        let change = self.changes.get() + 1;
        self.changes.set(change);
        let this = self.clone();
        self.spawn(async move {
            pause(PATIENCE_MILLISECONDS).await;
            if this.changes.get() == change { act(&this) } else { Ok(()) }
        });
    }

    fn take_dropped(self: &Rc<Self>, event: &Event) {
        let dropped = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
        let Some(files) = dropped.and_then(|dropped| dropped.files()) else { return };
        let (is_text, is_checkpoint) = (text::is_text(&files), beginning::is_checkpoint(&files));
        // A model is for the dialog that takes models.
        if !(is_text || is_checkpoint) || self.state.get() != State::Idle {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        if is_checkpoint {
            return self.report(beginning::take_checkpoint(&files));
        }
        text::clear_files();
        self.take_files(files);
    }

    fn take_files(self: &Rc<Self>, files: FileList) {
        let this = self.clone();
        self.is_read.set(false);
        self.spawn(async move { if this.text.take_files(&files).await? { this.read() } else { Ok(()) } });
    }
}
