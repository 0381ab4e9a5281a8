//! The models to choose from, and the prompts that come with each.

use std::cell::{Ref, RefCell};

use web::{
    dom::{Result, all, append, create, element, on, set, set_hidden, set_value, value},
    own,
    words::words,
};

use crate::models::{Model, Models};

/// The list of models in the form.
#[derive(Default)]
pub(crate) struct Menu {
    models: RefCell<Models>,
}

impl Menu {
    /// Lists the page's models.
    pub(crate) fn fill(&self, models: Models) -> Result<()> {
        for model in &models.list {
            add_option(model, &model.title)?;
        }
        *self.models.borrow_mut() = models;
        Ok(())
    }

    /// Lists the visitor's own models, which the browser keeps, behind those of the page.
    ///
    /// # Errors
    /// The browser's reason, if it cannot read them.
    pub(crate) async fn list_own(&self) -> Result<()> {
        for own in own::all().await? {
            self.add(Model::own(own, None))?;
        }
        Ok(())
    }

    /// Puts a visitor's own model into the list, in the place of one of the same name.
    pub(crate) fn add(&self, model: Model) -> Result<()> {
        self.remove(&model.id)?;
        add_option(&model, &words("own-option", &[("title", &model.title)]))?;
        self.models.borrow_mut().list.push(model);
        Ok(())
    }

    /// Takes a model out of the list.
    pub(crate) fn remove(&self, id: &str) -> Result<()> {
        let options = all(&*element("model")?, "option");
        let is_it = |option: &&web_sys::HtmlElement| option.get_attribute("value").as_deref() == Some(id);
        if let Some(option) = options.iter().find(is_it) {
            option.remove();
        }
        self.models.borrow_mut().list.retain(|model| model.id != id);
        Ok(())
    }

    /// All that are listed.
    pub(crate) fn models(&self) -> Ref<'_, Models> {
        self.models.borrow()
    }

    /// The one that the form names.
    pub(crate) fn chosen(&self) -> Option<Model> {
        let id = value("model").unwrap_or_default();
        self.models.borrow().by_id(&id).cloned()
    }

    /// Whether the form names this one.
    pub(crate) fn is_chosen(&self, model: &Model) -> bool {
        self.chosen().is_some_and(|chosen| chosen.id == model.id)
    }

    /// Puts the chosen model's first prompt in the place of another model's.
    pub(crate) fn change_prompt(&self) {
        let (Some(model), Ok(prompt)) = (self.chosen(), value("prompt")) else { return };
        if self.is_prompt_of_a_model(&prompt) && !model.prompts.contains(&prompt) {
            // The field is there: it has just been read.
            let _ = set_value("prompt", &model.prompts[0]);
        }
    }

    /// Shows what comes with the chosen model: its prompts to pick from, and the button that removes it, if it can be
    /// removed.
    pub(crate) fn show_chosen(&self) {
        let chosen = self.chosen();
        for id in ["forget", "own-save"] {
            set_hidden(id, chosen.as_ref().is_none_or(|model| model.own.is_none()));
        }
        let (Some(model), Ok(list)) = (chosen, element("prompts")) else { return };
        list.set_text_content(None);
        for prompt in model.prompts.into_iter().filter(|prompt| !prompt.is_empty()) {
            let Ok(button) = create("button", "chip", prompt.trim_end()) else { return };
            set(&button, "type", "button");
            on(&button, "click", move |_| {
                let _ = set_value("prompt", &prompt);
            });
            append(&list, &button);
        }
    }

    fn is_prompt_of_a_model(&self, prompt: &str) -> bool {
        self.models.borrow().list.iter().any(|model| model.prompts.iter().any(|one| one == prompt))
    }
}

fn add_option(model: &Model, shown: &str) -> Result<()> {
    let option = create("option", "", shown)?;
    set(&option, "value", &model.id);
    append(&*element("model")?, &option);
    Ok(())
}
