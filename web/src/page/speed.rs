//! How fast something writes.

use model::Generator;

use web::dom::now;

/// Milliseconds the CPU generator is tried for.
const TRIAL_MILLISECONDS: f64 = 6.0;

/// Characters a second of the CPU generator, tried for a few milliseconds.
pub(crate) fn try_cpu(generator: &mut Generator) -> f64 {
    let start = now();
    let mut steps = 0;
    let mut elapsed = 0.0;
    while elapsed < TRIAL_MILLISECONDS && steps < 100_000 {
        generator.read(&[0; 16]);
        steps += 16;
        elapsed = now() - start;
    }
    generator.reset();
    f64::from(steps) / elapsed.max(0.1) * 1000.0
}

/// A number with separators, as people read it.
pub(crate) fn grouped(number: f64) -> String {
    let digits = ((number + 0.5) as u64).to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_by_thousands() {
        let shown = [0.4, 12.0, 999.6, 54321.0, 1234567.0].map(grouped);
        assert_eq!(shown, ["0", "12", "1,000", "54,321", "1,234,567"]);
    }
}
