//! Plain text.

use crate::error::CorpusError;

/// UTF-8 text; a byte order mark is dropped and line ends become `\n`.
///
/// # Errors
/// If the bytes are not UTF-8.
pub fn text(bytes: Vec<u8>) -> Result<String, CorpusError> {
    let text =
        String::from_utf8(bytes).map_err(|error| CorpusError::Encoding(error.utf8_error().valid_up_to()))?;
    // A gigabyte is not copied without need.
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    Ok(if text.contains('\r') { text.replace("\r\n", "\n") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_the_mark_and_makes_line_ends_one() {
        assert_eq!(text("\u{feff}eins\r\nzwei\n".into()).unwrap(), "eins\nzwei\n");
    }

    #[test]
    fn says_where_it_is_no_utf8() {
        assert!(text(b"caf\xe9".to_vec()).unwrap_err().to_string().contains("is not UTF-8 (byte 3)"));
    }
}
