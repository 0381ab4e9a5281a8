//! Text of which every character has a colour.

use web::dom::{Result, append, create, set};
use web_sys::{Element, HtmlElement};

/// Puts characters at the end of a coloured text: `first` is the number of the first one.
pub(crate) fn add(
    to: &Element,
    text: &str,
    first: usize,
    class: impl Fn(usize) -> &'static str,
) -> Result<()> {
    for (place, character) in text.chars().enumerate() {
        let span = create("span", class(place), character.encode_utf8(&mut [0; 4]))?;
        set(&span, "data-at", &(first + place).to_string());
        append(to, &span);
    }
    Ok(())
}

/// Gives the characters of a coloured text other colours.
pub(crate) fn recolour(text: &HtmlElement, class: impl Fn(usize) -> &'static str) {
    let mut next = text.first_element_child();
    let mut place = 0;
    while let Some(span) = next {
        let class = class(place);
        if span.class_name() != class {
            span.set_class_name(class);
        }
        place += 1;
        next = span.next_element_sibling();
    }
}

/// The colour of an activation between -1 and 1.
pub(crate) fn of_activation(activation: f32) -> &'static str {
    const DOWN: [&str; 5] = ["", "m1", "m2", "m3", "m4"];
    const UP: [&str; 5] = ["", "p1", "p2", "p3", "p4"];
    let steps = if activation < 0.0 { DOWN } else { UP };
    steps[((activation.abs() * 4.5) as usize).min(4)]
}

/// The colour of so many bits.
pub(crate) fn of_bits(bits: f32) -> &'static str {
    const STEPS: [&str; 9] = ["", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8"];
    STEPS[(bits as usize).min(8)]
}

#[cfg(test)]
mod tests {
    use super::{of_activation, of_bits};

    #[test]
    fn colours_by_strength() {
        assert_eq!([-1.0, -0.3, 0.0, 0.1, 0.5, 2.0].map(of_activation), ["m4", "m1", "", "", "p2", "p4"]);
        assert_eq!([0.0, 0.9, 1.0, 7.99, 40.0, f32::INFINITY].map(of_bits), ["", "", "h1", "h7", "h8", "h8"]);
    }
}
