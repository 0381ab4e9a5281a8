//! What the page that this one is embedded in asks for (docs/embedding.md).

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web::{
    dom::{Result, notice, on, property, set_global, set_value, window},
    embedding::{TrainCommand, TrainFault},
    host::properties_of,
    names::{MESSAGE, SAID},
    words::{word, words},
};

use super::{State, Tab};
use crate::form;

impl Tab {
    /// Takes what was asked for before the tab was there, and what is asked for from now on.
    pub(super) fn listen_to_host(self: &Rc<Self>) -> Result<()> {
        let window = window()?;
        let this = self.clone();
        on(&window, SAID, move |_| this.take_message());
        self.take_message();
        Ok(())
    }

    fn take_message(self: &Rc<Self>) {
        let message = property(&js_sys::global(), MESSAGE);
        if message.is_undefined() {
            return;
        }
        // Nobody takes it twice.
        set_global(MESSAGE, &JsValue::UNDEFINED);
        if property(&message, "type").as_string().as_deref() == Some("stop") {
            return self.stop();
        }
        if let Err(error) = self.obey(&message) {
            self.complain(&words("message-unknown", &[("error", &error)]));
        }
    }

    fn obey(self: &Rc<Self>, message: &JsValue) -> Result<()> {
        let command = TrainCommand::parse(properties_of(message)).map_err(|fault| match fault {
            TrainFault::Field(name) => words("message-field", &[("name", &name)]),
            TrainFault::Text => {
                words("message-value", &[("name", "text"), ("remedy", &word("remedy-prompt"))])
            }
            TrainFault::Value(field) => {
                let remedy = word(&field.remedy());
                words("message-value", &[("name", field.name()), ("remedy", &remedy)])
            }
        })?;
        if self.state.get() != State::Idle {
            return Err(word("message-training"));
        }
        notice("");
        for (field, text) in &command.settings {
            set_value(&field.id(), text)?;
            if field.name() == "recipe" {
                form::change_recipe()?;
            }
        }
        if let Some(text) = command.text {
            set_value("train-text", &text)?;
            self.is_read.set(false);
            self.text.forget();
        }
        self.train();
        Ok(())
    }
}
