//! What a training begins with: nothing, a model of the list, or a checkpoint file.

use js_sys::{Array, JSON, Uint8Array};
use wasm_bindgen::JsCast;
use web::{
    dom::{
        Result, all, append, by_id, create, element, property, set, set_hidden, set_text, set_value, text_of,
        value, window,
    },
    fetch,
    messages::learner::Beginning,
    names::WEIGHTS,
    own,
    words::{word, words},
};
use web_sys::{FileList, HtmlInputElement};

use crate::text::read_file;

/// The option of a checkpoint file.
const CHECKPOINT: &str = "checkpoint";
/// What the values of options begin with that are models of the list, whatever their names are.
const MODEL: &str = "model ";

/// Lists the models that the page lists now.
pub(crate) fn list() -> Result<()> {
    let (list, chosen) = (element("train-from")?, value("train-from")?);
    for option in all(&list, "option") {
        if option.get_attribute("value").is_some_and(|value| value.starts_with(MODEL)) {
            option.remove();
        }
    }
    for model in all(&*element("model")?, "option") {
        let title = model.text_content().unwrap_or_default();
        let option = create("option", "", &title)?;
        set(&option, "value", &[MODEL, &model.get_attribute("value").unwrap_or_default()].concat());
        append(&list, &option);
    }
    set_value("train-from", &chosen)?;
    if value("train-from")?.is_empty() {
        set_value("train-from", "")?;
    }
    show()
}

/// Shows what belongs to the choice.
pub(crate) fn show() -> Result<()> {
    let chosen = value("train-from")?;
    let is_model = chosen.starts_with(MODEL);
    set_hidden("train-checkpoint-field", chosen != CHECKPOINT);
    set_hidden("train-extend-field", !is_model);
    let words = match chosen.as_str() {
        CHECKPOINT => word("from-checkpoint"),
        _ if is_model => word("from-model"),
        _ => String::new(),
    };
    set_text("train-from-words", &words);
    Ok(())
}

/// Goes back to new weights.
pub(crate) fn clear() -> Result<()> {
    set_value("train-from", "")?;
    show()
}

/// What the form says.
///
/// # Errors
/// Why the chosen model or file cannot be read.
pub(crate) async fn chosen() -> Result<Beginning> {
    let chosen = value("train-from")?;
    if let Some(id) = chosen.strip_prefix(MODEL) {
        let extend = property(&*element("train-extend")?, "checked").is_truthy();
        return Ok(Beginning::From { weights: weights_of(id).await?, extend });
    }
    if chosen != CHECKPOINT {
        return Ok(Beginning::Anew);
    }
    let file = by_id::<HtmlInputElement>("train-checkpoint")?.files().and_then(|files| files.get(0));
    let file = file.ok_or_else(|| word("train-no-checkpoint"))?;
    Ok(Beginning::Checkpoint { bytes: read_file(&file).await?.bytes })
}

/// The weights file of a model of the list.
async fn weights_of(id: &str) -> Result<Uint8Array> {
    if !own::is_own(id) {
        return listed(id).await;
    }
    let lost = |error: String| words("own-lost", &[("model", id), ("error", &error)]);
    let kept = own::all().await;
    let kept = kept.map_err(lost).map(|all| all.into_iter().find(|own| own.id == id));
    match kept {
        Ok(Some(own)) => own.file().await.map_err(lost),
        // The browser does not keep it; it is in use, then.
        _ if value("model")? == id => {
            property(&*window()?, WEIGHTS).dyn_into().map_err(|_| word("model-still-loading"))
        }
        Ok(None) => Err(words("own-lost", &[("model", id), ("error", &word("train-not-kept"))])),
        Err(message) => Err(message),
    }
}

/// The weights file of a model that comes with the page.
async fn listed(id: &str) -> Result<Uint8Array> {
    let broken = |error: &str| words("models-broken", &[("error", error)]);
    let list = JSON::parse(&fetch::text("weights/models.json").await?);
    let list = list.map_err(|error| broken(&text_of(&error)))?;
    let models: Array = property(&list, "models").dyn_into().map_err(|_| broken(&word("models-none")))?;
    // A listed name that looks like a visitor's own has another in the page.
    let name = id.strip_prefix("listed-").filter(|name| own::is_own(name)).unwrap_or(id);
    let model = models.iter().find(|model| property(model, "id").as_string().as_deref() == Some(name));
    let file = model.and_then(|model| property(&model, "file").as_string());
    fetch::bytes(&["weights/", &file.ok_or_else(|| broken(&word("models-none")))?].concat()).await
}

/// Whether a file that was dropped is a checkpoint.
pub(crate) fn is_checkpoint(files: &FileList) -> bool {
    files.get(0).is_some_and(|file| file.name().ends_with(".checkpoint"))
}

/// Takes a checkpoint file that was dropped.
pub(crate) fn take_checkpoint(files: &FileList) -> Result<()> {
    set_value("train-from", CHECKPOINT)?;
    by_id::<HtmlInputElement>("train-checkpoint")?.set_files(Some(files));
    show()
}
