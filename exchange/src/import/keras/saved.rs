//! TensorFlow's SavedModel, a folder: `saved_model.pb`, from TensorFlow 2.5 on `keras_metadata.pb`, and `variables/` with a
//! table of the variables and their numbers.

mod bundle;
mod describe;
mod proto;
mod table;

use bundle::Bundle;

use super::{config, named};
use crate::{
    ImportError,
    format::Format,
    import::{folder::Folder, gates::Slope, model::Model},
};

/// Reads a folder.
pub(crate) fn read(folder: &Folder) -> Result<Model, ImportError> {
    let bundle = Bundle::open(folder)?;
    let variables = bundle.variables()?;
    let left = std::cell::Cell::new(folder.length());
    let Some(description) = describe::description(folder)? else {
        // Keras 3's model.export writes the variables and a program, but no layers.
        let numbers = named::undescribed(&variables, &left)?.into_numbers()?;
        return Ok(Model::foreign(Format::Keras, numbers, None).with_note(
            "the folder does not describe its layers, which are taken from the names of its variables: LSTM layers with sigmoid gates in the order of the variables, and logits on top".to_owned(),
        ));
    };
    let description = config::describe(&description, Slope::Fifth)?;
    let numbers = named::described(&variables, &description.layers, &left)?.into_numbers()?;
    Ok(Model::foreign(Format::Keras, numbers, description.characters))
}
