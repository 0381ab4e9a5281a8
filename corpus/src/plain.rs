//! Plainer ways to write a character.

/// Typographic characters that Unicode does not take apart, and what a typewriter has for them.
const TYPEWRITER: [(&str, &str); 23] = [
    ("‘’‚‛′‹›`´ʼ", "'"),
    ("“”„‟″«»", "\""),
    ("‐‑‒–—―−", "-"),
    ("•·", "*"),
    ("×", "x"),
    ("⁄", "/"),
    ("\t\u{2028}\u{2029}\r\u{85}", " "),
    ("{[", "("),
    ("}]", ")"),
    ("¡", "!"),
    ("¿", "?"),
    ("ß", "ss"),
    ("æ", "ae"),
    ("Æ", "Ae"),
    ("œ", "oe"),
    ("Œ", "Oe"),
    ("ø", "o"),
    ("Ø", "O"),
    ("đð", "d"),
    ("ĐÐ", "D"),
    ("ł", "l"),
    ("Ł", "L"),
    ("þ", "th"),
];

/// Plainer ways to write a character, the nearest first: in the other case, as a typewriter has it, without its accents,
/// and those in the other case. None of them is empty or the character itself.
pub(crate) fn plain(character: char) -> Vec<String> {
    let same = character.to_string();
    let mut ways = vec![other_case(&same)];
    // Not a pair is `ß`, whose capitals are two, or the long `ſ`, whose capital is that of another letter.
    ways.retain(|other| other_case(other) == same);
    let plainer = typewriter(character).map(str::to_owned).into_iter().chain([base(character)]);
    for way in plainer {
        let other = other_case(&way);
        ways.extend([way, other]);
    }
    ways.retain(|way| !way.is_empty() && *way != same);
    ways
}

/// In lower case, or in upper case if it is that already.
fn other_case(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower == text { text.to_uppercase() } else { lower }
}

fn typewriter(character: char) -> Option<&'static str> {
    TYPEWRITER.iter().find(|(from, _)| from.contains(character)).map(|(_, to)| *to)
}

/// The character taken apart as far as Unicode goes, without accents.
fn base(character: char) -> String {
    decompose(character).chars().filter(|&part| !is_mark(part)).collect()
}

/// Whether a character is written over, under or through the one before it.
fn is_mark(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{487}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

/// Unicode's compatibility decomposition. A browser has its tables; here they would be as large as all the rest.
#[cfg(target_arch = "wasm32")]
fn decompose(character: char) -> String {
    js_sys::JsString::from(character).normalize("NFKD").into()
}

/// Unicode's compatibility decomposition.
#[cfg(not(target_arch = "wasm32"))]
fn decompose(character: char) -> String {
    let mut parts = String::new();
    unicode_normalization::char::decompose_compatible(character, |part| parts.push(part));
    parts
}
