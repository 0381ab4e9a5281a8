//! Attributes that are texts. The library's own reading of them looks up every text of a group before one is asked for.

use hdf5_reader::{Datatype, StringSize, VarLenKind, group::Group, messages::attribute::AttributeMessage};

/// The longest texts of an attribute in all: a model's description has some 2 KB a layer.
const MAX_LENGTH: usize = 16 << 20;

/// An attribute's texts, if the group has it; what is wrong with it otherwise.
pub(super) fn texts(group: &Group, name: &str) -> Result<Option<Vec<String>>, String> {
    let attributes = group.raw_attributes().map_err(|error| error.to_string())?;
    let Some(attribute) = attributes.iter().find(|attribute| attribute.name() == name) else {
        return Ok(None);
    };
    let attribute = attribute.message();
    // An empty list has no type to speak of.
    if matches!(attribute.dataspace.num_elements(), Ok(0)) {
        return Ok(Some(Vec::new()));
    }
    match &attribute.datatype {
        // The library takes these for texts that lie elsewhere; should it once not, they would have no end.
        Datatype::String { size: StringSize::Fixed(0), .. } => Err("has texts of no length".to_owned()),
        Datatype::String { size: StringSize::Fixed(size), .. } => {
            attribute.raw_data.chunks(*size as usize).map(text).collect::<Result<_, _>>().map(Some)
        }
        Datatype::String { size: StringSize::Variable, .. }
        | Datatype::VarLen { kind: VarLenKind::String, .. } => elsewhere(group, attribute).map(Some),
        _ => Err("is no text".to_owned()),
    }
}

/// Texts that lie elsewhere in the file: the attribute has the place of each.
fn elsewhere(group: &Group, attribute: &AttributeMessage) -> Result<Vec<String>, String> {
    // Length, address, number.
    let size = 4 + usize::from(group.offset_size()) + 4;
    let mut length = 0usize;
    let mut texts = Vec::new();
    for place in attribute.raw_data.chunks_exact(size) {
        let bytes = group.resolve_vlen_reference_bytes(place, 1).map_err(|error| error.to_string())?;
        length = length.saturating_add(bytes.len());
        if length > MAX_LENGTH {
            return Err("is too long".to_owned());
        }
        texts.push(text(&bytes)?);
    }
    Ok(texts)
}

/// A text that is perhaps filled up with zeros.
fn text(bytes: &[u8]) -> Result<String, String> {
    let length = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let text = bytes.get(..length).unwrap_or_default();
    String::from_utf8(text.to_vec()).map_err(|_| "is not UTF-8".to_owned())
}
