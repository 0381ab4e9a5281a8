//! Origins that a link names.

/// Whether a text is an origin, as `https://example.org` or `http://localhost:8000`.
pub fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_an_origin() {
        for text in ["https://example.org", "http://localhost:8000", "http://[::1]:80", "https://a.b/"] {
            assert!(is_origin(text), "{text}");
        }
        for text in
            ["example.org", "https://", "https://a/b", "ftp://a", "https://a b", "https://a?b", "null"]
        {
            assert!(!is_origin(text), "{text}");
        }
    }
}
