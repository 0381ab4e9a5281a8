//! The logits that our CPU generator gives for a text, as JSON: `logits WEIGHTS TEXT`.
//!
//! The script in `exchange/parity` compares them with what other frameworks compute.

use std::{env, error::Error, fs};

use model::{Generator, Weights};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(text)) = (arguments.next(), arguments.next()) else {
        return Err("give a weights file and a text".into());
    };
    let weights = Weights::from_bytes(&fs::read(file)?)?;
    let mut generator = Generator::new(&weights);
    let ids = weights.vocab.encode(&text)?;
    let logits: Vec<Vec<f32>> = ids.into_iter().map(|id| generator.step(id).to_vec()).collect();
    let vocabulary: String = weights.vocab.characters().iter().collect();
    println!("{}", json!({ "vocabulary": vocabulary, "text": text, "logits": logits }));
    Ok(())
}
