//! What a reader of a text would keep in mind, and the unit that keeps it.

use std::ops::Range;

use super::reader::Reading;
use crate::script::{LineReader, ScriptLine};

/// Something that a unit may keep in mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Within double quotation marks.
    Quotes,
    /// How far along the line.
    LinePosition,
    /// Within a speaker's name.
    Names,
    /// Within brackets.
    Brackets,
}

/// Characters after which a line counts as long.
const LONG_LINE: f32 = 60.0;

/// A feature's value, from 0 to 1, after each character of `text`: as a unit holds it that has just read the
/// character. So an opening mark is within what it opens, a closing one and a name's colon are not.
///
/// The position in a line is in characters, as a share of 60 and at most 1; a line break's is 0. Quotation marks end with
/// their paragraph at the latest, and single ones do not count, since apostrophes look the same.
pub fn feature(text: &str, feature: Feature) -> Vec<f32> {
    match feature {
        Feature::Quotes => quotes(text),
        Feature::LinePosition => line_position(text),
        Feature::Names => within_spans(text, name_span),
        Feature::Brackets => within_spans(text, bracket_spans),
    }
}

fn quotes(text: &str) -> Vec<f32> {
    let (mut within, mut before) = (false, ' ');
    let value = |character| {
        within = match character {
            '"' => !within,
            '“' => true,
            '”' => false,
            '\n' if before == '\n' => false,
            _ => within,
        };
        before = character;
        f32::from(u8::from(within))
    };
    text.chars().map(value).collect()
}

fn line_position(text: &str) -> Vec<f32> {
    let mut position = 0.0;
    let value = |character| {
        position = if character == '\n' { 0.0 } else { position + 1.0 };
        if position < LONG_LINE { position / LONG_LINE } else { 1.0 }
    };
    text.chars().map(value).collect()
}

/// 1 for the characters within the spans of their line, else 0. A line break is within a span that goes on to it.
fn within_spans(text: &str, spans: fn(&str, ScriptLine) -> Vec<Range<usize>>) -> Vec<f32> {
    let mut values = Vec::with_capacity(text.len());
    let mut reader = LineReader::default();
    for with_break in text.split_inclusive('\n') {
        let line = with_break.strip_suffix('\n').unwrap_or(with_break);
        let spans = spans(line, reader.read(line));
        let goes_on = spans.last().is_some_and(|span| span.end == line.len());
        let within = |at| spans.iter().any(|span| span.contains(&at)) || at == line.len() && goes_on;
        values.extend(with_break.char_indices().map(|(at, _)| f32::from(u8::from(within(at)))));
    }
    values
}

fn name_span(line: &str, read: ScriptLine) -> Vec<Range<usize>> {
    line[..read.words_at].find(':').map(|colon| 0..colon).into_iter().collect()
}

fn bracket_spans(line: &str, read: ScriptLine) -> Vec<Range<usize>> {
    let mut spans = read.directions;
    for span in &mut spans {
        if line[span.clone()].ends_with([')', ']']) {
            span.end -= 1;
        }
    }
    spans
}

/// The unit of the top layer that follows `values`, one for each character of the reading, most closely: the one with
/// the largest correlation (Pearson's), whatever its sign, and that correlation. `None` if there is nothing to
/// follow, since the values are all the same, or no unit that varies.
pub fn tracking_unit(reading: &Reading, values: &[f32]) -> Option<(usize, f32)> {
    // What varies less than this does not vary.
    const MIN_VARIATION: f64 = 1e-9;
    let count = values.len().min(reading.len());
    let values = &values[..count];
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count as f64;
    let mut unit_sums = vec![Sums::default(); reading.units()];
    let mut variation = 0.0;
    for (at, &value) in values.iter().enumerate() {
        let value = f64::from(value) - mean;
        variation += value * value;
        for (sums, &activation) in unit_sums.iter_mut().zip(reading.top_hidden(at)) {
            let activation = f64::from(activation);
            sums.own += activation;
            sums.squares += activation * activation;
            sums.products += activation * value;
        }
    }
    let min = MIN_VARIATION * count as f64;
    let mut best: Option<(usize, f64)> = None;
    for (unit, sums) in unit_sums.iter().enumerate() {
        let unit_variation = sums.squares - sums.own * sums.own / count as f64;
        if variation > min && unit_variation > min {
            let correlation = sums.products / (variation * unit_variation).sqrt();
            if best.is_none_or(|(_, found)| correlation.abs() > found.abs()) {
                best = Some((unit, correlation));
            }
        }
    }
    best.map(|(unit, correlation)| (unit, correlation as f32))
}

/// Sums over a unit's activations.
#[derive(Clone, Default)]
struct Sums {
    own: f64,
    squares: f64,
    /// With the values' distances from their mean.
    products: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{draw::uniform, test_prelude::test};

    /// Where `text` is within the feature, as a line of `1` and `0`.
    fn check(text: &str, which: Feature, expected: &str) {
        let found: String =
            feature(text, which).iter().map(|&value| if value == 1.0 { '1' } else { '0' }).collect();
        assert_eq!(found, expected, "{which:?} in {text:?}");
        assert_eq!(found.len(), text.chars().count());
    }

    #[test]
    fn features_are_after_the_character() {
        check("a \"b\" 'c' “é” d", Feature::Quotes, "001100000011000");
        check("\"a\nb\n\nc", Feature::Quotes, "1111100");
        check("ODO: a\nb\n\nKIRA [OC]: c: d", Feature::Names, "1110000000111111111000000");
        check("[Ops]\nA: b (c) (d\ne) f\n(g\n\nh", Feature::Brackets, "1111000000011001111000011100");
    }

    #[test]
    fn a_line_position_is_a_share() {
        let text = format!("éb\n{}", "c".repeat(70));
        let found = feature(&text, Feature::LinePosition);
        assert_eq!(found[..4], [1.0 / 60.0, 2.0 / 60.0, 0.0, 1.0 / 60.0]);
        assert_eq!((found[61], found[62], found[72], found.len()), (59.0 / 60.0, 1.0, 1.0, 73));
    }

    /// A reading of one layer with these activations, one list a position.
    fn reading<const UNITS: usize>(activations: &[[f32; UNITS]]) -> Reading {
        let mut reading = Reading::new();
        reading.ids = vec![0; activations.len()];
        reading.hidden = [&[[9.0; UNITS]], activations].concat().concat();
        (reading.layers, reading.units) = (1, UNITS);
        reading
    }

    #[test]
    fn finds_the_unit_that_follows() {
        let noise = |at: u32| uniform(5, 1, at) - 0.5;
        let values: Vec<f32> = (0..200u32).map(|at| f32::from(u8::from(at % 7 < 3))).collect();
        let activations: Vec<[f32; 4]> = (0..200u32)
            .zip(&values)
            .map(|(at, value)| [noise(at), 0.3, 0.2 - 0.5 * value, value + noise(at + 500)])
            .collect();
        let (unit, correlation) = tracking_unit(&reading(&activations), &values).unwrap();
        assert_eq!(unit, 2);
        assert!((correlation + 1.0).abs() < 1e-6, "{correlation}");
        let others: Vec<[f32; 2]> = activations.iter().map(|row| [row[0], row[3]]).collect();
        let (unit, correlation) = tracking_unit(&reading(&others), &values).unwrap();
        assert_eq!(unit, 1);
        let expected = pearson(&values, &others.iter().map(|row| row[1]).collect::<Vec<_>>());
        assert!((f64::from(correlation) - expected).abs() < 1e-6, "{correlation} against {expected}");
    }

    /// By the textbook, in two passes.
    fn pearson(a: &[f32], b: &[f32]) -> f64 {
        let mean = |x: &[f32]| x.iter().map(|x| f64::from(*x)).sum::<f64>() / x.len() as f64;
        let (mean_a, mean_b) = (mean(a), mean(b));
        let pairs = || a.iter().zip(b).map(|(a, b)| (f64::from(*a) - mean_a, f64::from(*b) - mean_b));
        let squares = |x: f64| x * x;
        pairs().map(|(a, b)| a * b).sum::<f64>()
            / (pairs().map(|(a, _)| squares(a)).sum::<f64>() * pairs().map(|(_, b)| squares(b)).sum::<f64>())
                .sqrt()
    }

    #[test]
    fn what_does_not_vary_has_no_unit() {
        let made_up = reading(&[[0.1, 0.2], [0.3, 0.4], [0.5, -0.1]]);
        assert_eq!(tracking_unit(&made_up, &[0.3; 3]), None);
        assert_eq!(tracking_unit(&made_up, &[]), None);
        assert_eq!(tracking_unit(&Reading::new(), &[0.0, 1.0]), None);
        assert_eq!(tracking_unit(&reading(&[[0.25]; 3]), &[0.0, 1.0, 0.0]), None);
        assert!(tracking_unit(&made_up, &[0.0, 1.0]).is_some());
    }
}
