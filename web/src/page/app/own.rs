//! Models that the visitor brought.

use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web::{
    dom::{Result, all, append, create, element, on, on_click, property, set, set_hidden, set_value, window},
    own::{self, BROUGHT, OwnModel},
    words::words,
};

use super::App;
use crate::models::Model;

impl App {
    /// Lists the models that are kept behind those of the page.
    pub(super) async fn list_own(&self) {
        for own in own::all().await {
            // The list is there: the page's own models have just been put into it.
            let _ = self.list_one(Model::own(own, None));
        }
    }

    /// Puts a model into the list, in the place of one of the same name.
    fn list_one(&self, model: Model) -> Result<()> {
        let select = element("model")?;
        self.unlist(&model.id)?;
        let option = create("option", "", &words("own-option", &[("title", &model.title)]))?;
        set(&option, "value", &model.id);
        append(&select, &option);
        self.models.borrow_mut().list.push(model);
        Ok(())
    }

    fn unlist(&self, id: &str) -> Result<()> {
        let options = all(&*element("model")?, "option");
        if let Some(option) =
            options.iter().find(|option| option.get_attribute("value").as_deref() == Some(id))
        {
            option.remove();
        }
        self.models.borrow_mut().list.retain(|model| model.id != id);
        Ok(())
    }

    /// Takes models that are brought, and lets them be removed.
    pub(super) fn listen_for_own(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        on(&*window()?, BROUGHT, move |_| {
            if let Err(message) = this.take_brought() {
                this.complain(&message);
            }
        });
        let this = self.clone();
        on_click("forget", move || {
            let this = this.clone();
            spawn_local(async move {
                if let Err(message) = this.forget().await {
                    this.complain(&message);
                }
            });
        })
    }

    fn take_brought(self: &Rc<Self>) -> Result<()> {
        let brought = property(&js_sys::global(), "scriptoriumBrought");
        let text = |name| property(&brought, name).as_string().unwrap_or_default();
        let own = OwnModel { id: text("id"), title: text("title") };
        let id = own.id.clone();
        self.list_one(Model::own(own, property(&brought, "file").dyn_into::<Uint8Array>().ok()))?;
        set_value("model", &id)?;
        self.change_model();
        match text("problem") {
            problem if problem.is_empty() => {}
            problem => self.complain(&problem),
        }
        Ok(())
    }

    /// Removes the chosen model from the browser, and goes back to the page's first.
    async fn forget(self: &Rc<Self>) -> Result<()> {
        let Some(Model { id, own: Some(own), .. }) = self.chosen() else { return Ok(()) };
        own.remove()
            .await
            .map_err(|error| words("own-not-removed", &[("model", &own.title), ("error", &error)]))?;
        self.unlist(&id)?;
        let first = self.models.borrow().list[0].id.clone();
        set_value("model", &first)?;
        self.change_model();
        Ok(())
    }

    /// Shows the button that removes a model, where the chosen one can be removed.
    pub(super) fn show_forget(&self) {
        set_hidden("forget", self.chosen().is_none_or(|model| model.own.is_none()));
    }
}
