//! Entries of a vocabulary that are not one character: marks, and names of characters that cannot be seen.

/// What an entry stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Character(char),
    /// Something that is put into texts but is none of their characters: padding, the unknown, a text's beginning or end.
    Mark(String),
    /// Longer than a character, and no mark.
    Word(String),
}

/// Marks without brackets around them.
const BARE: [&str; 13] =
    ["pad", "padding", "unk", "unknown", "oov", "sos", "bos", "eos", "eot", "start", "end", "mask", "blank"];
/// Characters by name, in brackets.
const NAMED: [(&str, char); 7] =
    [("space", ' '), ("sp", ' '), ("newline", '\n'), ("nl", '\n'), ("tab", '\t'), ("lf", '\n'), ("cr", '\r')];

/// Tells what an entry stands for. An empty one is how Keras's lookups write the mark for padding.
pub(super) fn entry(text: &str) -> Entry {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => return Entry::Character(character),
        (None, _) => return Entry::Mark(String::new()),
        _ => {}
    }
    let inner = bracketed(text);
    let name = inner.unwrap_or(text).trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    if inner.is_some()
        && let Some((_, character)) = NAMED.iter().find(|(named, _)| *named == name)
    {
        return Entry::Character(*character);
    }
    // `<unk>`, `[UNK]`, `<|endoftext|>`, `__pad__`; no mark has a space in it, as a stage direction may.
    let is_mark = inner.is_some() && !text.contains(char::is_whitespace) || BARE.contains(&name.as_str());
    if is_mark { Entry::Mark(text.to_owned()) } else { Entry::Word(text.to_owned()) }
}

/// What is inside brackets or pairs of underscores.
fn bracketed(text: &str) -> Option<&str> {
    [("<", ">"), ("[", "]"), ("{", "}"), ("__", "__")]
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
        .filter(|inner| !inner.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_characters_marks_and_words_apart() {
        for mark in
            ["", "<pad>", "[UNK]", "<|endoftext|>", "__eos__", "<S>", "</s>", "PAD", "unk", "{start}", "<0>"]
        {
            assert_eq!(entry(mark), Entry::Mark(mark.to_owned()));
        }
        for word in ["the", "ab", "[he leaves]", "<>", "e\u{301}", "##s", "__"] {
            assert_eq!(entry(word), Entry::Word(word.to_owned()));
        }
        for (text, character) in [("a", 'a'), ("<", '<'), ("\n", '\n'), ("<space>", ' '), ("[NEWLINE]", '\n')]
        {
            assert_eq!(entry(text), Entry::Character(character));
        }
    }
}
