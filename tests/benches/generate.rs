//! `cargo xtask bench generate`: characters a second of the CPU generator.

mod clock;

use std::hint::black_box;

use anyhow::Result;
use clock::{Contender, alternate};
use model::{Card, Generator, Request, Vocab, Writer};
use trainer::{
    corpus::{Corpus, CorpusArgs},
    init::keras_weights,
};

const CHARACTERS: u32 = 20_000;

fn main() -> Result<()> {
    let vocab = Vocab::from_text(&Corpus::load(&CorpusArgs::default())?.text)?;
    for hidden in [128, 256, 512] {
        let weights = keras_weights(vocab.clone(), Card::default(), hidden, 1, 1)?;
        let request = Request::new(&weights.vocab, "", 0.5, u64::from(CHARACTERS), 1)?;
        let name = format!("CPU generator, hidden {hidden}, {CHARACTERS} characters");
        let results = alternate(
            7,
            1,
            &mut [Contender::new(&name, || {
                Writer::new(Generator::new(&weights), request.clone()).for_each(|id| {
                    black_box(id);
                });
            })],
        );
        println!("  {:.0} characters a second", f64::from(CHARACTERS) / results[0].wall);
    }
    Ok(())
}
