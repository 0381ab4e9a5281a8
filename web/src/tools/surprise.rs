//! A text of the visitor's, coloured by how much it surprised the model.

use std::{cell::Cell, rc::Rc};

use model::Reading;
use web::{
    dom::{Result, element, notice, now, on, set_text, value},
    fields::view,
    numbers::fixed,
    settings::View,
    task,
    turn::{SLICE_MILLISECONDS, give_turn},
    words::{word, words},
};

use crate::{book::Book, heat};

/// Characters between two looks at the clock.
const SLICE: usize = 16;

/// Connects the form.
pub(crate) fn listen(book: &Rc<Book>) -> Result<()> {
    let book = book.clone();
    let readings = Rc::new(Cell::new(0u32));
    on(&*element("form")?, "submit", move |_| {
        if view() == View::Surprise {
            let (book, readings) = (book.clone(), readings.clone());
            notice("");
            task::spawn(async move { read(&book, &readings).await }, notice);
        }
    });
    Ok(())
}

async fn read(book: &Book, readings: &Cell<u32>) -> Result<()> {
    let number = readings.get() + 1;
    readings.set(number);
    let model = book.model()?;
    let vocab = &model.weights.vocab;
    let text = value("text")?;
    if let Err(error) = vocab.encode(&text) {
        notice(&words("read-unknown", &[("error", &error.to_string())]));
    }
    let known: Vec<char> = text.chars().filter(|&character| vocab.id(character).is_some()).collect();
    let shown = element("surprise")?;
    shown.set_text_content(None);
    if known.is_empty() {
        return Err(word("read-nothing"));
    }
    set_text("status", &word("odds-reading"));
    let mut reader = model.reader();
    // Then the first character too has something before it: a line's beginning.
    reader.skip(vocab.id('\n').unwrap_or(0));
    let (mut sum, mut end) = (0.0, now() + SLICE_MILLISECONDS);
    for (slice, characters) in known.chunks(SLICE).enumerate() {
        // Kept for a moment only, so that a long text takes no more memory than a short one.
        let mut reading = Reading::new();
        for &character in characters {
            reader.keep(crate::book::id(vocab, character), &mut reading);
        }
        let bits: Vec<f32> = (0..reading.len()).map(|at| reading.bits(at).unwrap_or(0.0)).collect();
        sum += bits.iter().map(|&bits| f64::from(bits)).sum::<f64>();
        let text: String = characters.iter().collect();
        let from = slice * SLICE;
        heat::add(&shown, &text, from, |at| heat::of_bits(bits[at]))?;
        for (span, bits) in web::dom::all(&shown, &spans_from(from)).iter().zip(&bits) {
            span.set_title(&words("bits", &[("bits", &fixed(f64::from(*bits), 1))]));
        }
        if now() > end {
            give_turn().await;
            if readings.get() != number {
                return Ok(());
            }
            end = now() + SLICE_MILLISECONDS;
        }
    }
    let bits = sum / known.len() as f64;
    set_text(
        "status",
        &words(
            "read-sum",
            &[
                ("count", &known.len().to_string()),
                ("bits", &fixed(bits, 2)),
                ("choices", &fixed(js_sys::Math::pow(2.0, bits), 1)),
            ],
        ),
    );
    Ok(())
}

fn spans_from(from: usize) -> String {
    ["span:nth-child(n+", &(from + 1).to_string(), ")"].concat()
}
