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
