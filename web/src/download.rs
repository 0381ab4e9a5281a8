//! Files that the page gives to the visitor.

use js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag, Url};

use crate::{
    dom::{Result, create, set},
    words::word,
};

/// Saves bytes as a file of a type, as a link with `download` does.
///
/// # Errors
/// If the browser does not let a page save files.
pub fn download(name: &str, bytes: &Uint8Array, kind: &str) -> Result<()> {
    let refused = |_| word("not-saved");
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_u8_array_sequence_and_options(&Array::of1(bytes), &options).map_err(refused)?;
    let url = Url::create_object_url_with_blob(&blob).map_err(refused)?;
    let link = create("a", "", "")?;
    set(&link, "href", &url);
    set(&link, "download", name);
    link.click();
    Url::revoke_object_url(&url).map_err(refused)
}
