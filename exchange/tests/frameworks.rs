//! Models that Keras and PyTorch wrote give what Keras and PyTorch compute.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{MODELS, fixture, import, log_probabilities, reference};

#[test]
fn agree_with_the_framework() {
    let reference = reference();
    let text = reference["text"].as_str().unwrap();
    let mut worst = 0.0f64;
    for name in MODELS {
        let weights = import(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = reference["log_probabilities"][name].as_array().unwrap();
        let ours = log_probabilities(&weights, text);
        assert_eq!(ours.len(), expected.len());
        let mut largest = 0.0f64;
        for (ours, expected) in ours.iter().zip(expected) {
            let expected = expected.as_array().unwrap();
            assert_eq!(ours.len(), expected.len());
            for (ours, expected) in ours.iter().zip(expected) {
                largest = largest.max((ours - expected.as_f64().unwrap()).abs());
            }
        }
        println!("{name}: {largest:.1e}");
        worst = worst.max(largest);
    }
    assert!(worst < 1e-5, "{worst}");
}
