//! Scripts in the making: one, or several side by side.

use std::sync::Arc;

use crate::{
    draw::{DrawScratch, draw, uniform},
    generator::{Generator, Network, State},
    request::Request,
};

/// Writes one script, character by character.
#[derive(Debug, Clone)]
pub struct Writer {
    generator: Generator,
    request: Request,
    written: u32,
    last: Option<u32>,
    scratch: DrawScratch,
}

impl Writer {
    /// Begins a script, or goes on with one: the generator starts from a zero state and has read all of the prompt but
    /// its last character, which the first call of `next` reads.
    pub fn new(mut generator: Generator, request: Request) -> Self {
        generator.reset();
        let last = request.prompt.split_last().map(|(&last, read)| {
            read.iter().for_each(|&id| {
                generator.step(id);
            });
            last
        });
        Self { generator, written: request.written, last, scratch: DrawScratch::default(), request }
    }

    /// Gives the generator back, for the next script.
    pub fn into_generator(self) -> Generator {
        self.generator
    }
}

impl Iterator for Writer {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.written >= self.request.length {
            return None;
        }
        let random = uniform(self.request.seed, self.request.row, self.written);
        let logits = self.generator.step(self.last?);
        let id = draw(logits, self.request.sampling(), random, &mut self.scratch);
        self.written += 1;
        self.last = Some(id);
        Some(id)
    }
}

/// Writes several scripts side by side, each the one that a [`Writer`] would write: every weight is read once for
/// all of them. The scripts may differ in everything, also in their lengths.
#[derive(Debug, Clone)]
pub struct Rows {
    network: Arc<Network>,
    state: State,
    rows: Vec<Row>,
    /// What each row reads next.
    ids: Vec<u32>,
    written: Vec<(usize, u32)>,
    scratch: DrawScratch,
}

/// One script of [`Rows`].
#[derive(Debug, Clone)]
struct Row {
    /// Its place among the requests.
    script: usize,
    request: Request,
    /// Characters of the prompt that were read.
    read: usize,
    written: u32,
}

impl Rows {
    /// Begins the requests' scripts, or goes on with them, with a generator's weights. A script that is complete already is
    /// not to be among them.
    pub fn new(generator: &Generator, requests: Vec<Request>) -> Self {
        let network = generator.network();
        let state = network.state(requests.len());
        let row =
            |(script, request): (usize, Request)| Row { script, read: 1, written: request.written, request };
        Self {
            network,
            state,
            ids: requests.iter().map(|request| request.prompt.first().copied().unwrap_or(0)).collect(),
            rows: requests.into_iter().enumerate().map(row).collect(),
            written: Vec::new(),
            scratch: DrawScratch::default(),
        }
    }

    /// How many scripts are not yet complete.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether all are complete.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Reads a character in every script and gives those that were written, each with its script's place among the
    /// requests: none yet for a script whose prompt is still being read. `None` when all are complete.
    pub fn step(&mut self) -> Option<&[(usize, u32)]> {
        if self.rows.is_empty() {
            return None;
        }
        self.network.step(&self.ids, &mut self.state);
        self.written.clear();
        // Backwards, so that a row that ends gives its place to one that has had its turn.
        for at in (0..self.rows.len()).rev() {
            let row = &mut self.rows[at];
            if let Some(&id) = row.request.prompt.get(row.read) {
                row.read += 1;
                self.ids[at] = id;
                continue;
            }
            let random = uniform(row.request.seed, row.request.row, row.written);
            let logits = self.network.logits(&self.state, at);
            let id = draw(logits, row.request.sampling(), random, &mut self.scratch);
            self.written.push((row.script, id));
            row.written += 1;
            self.ids[at] = id;
            if row.written >= row.request.length {
                self.rows.swap_remove(at);
                self.ids.swap_remove(at);
                self.state.swap_remove(at);
            }
        }
        Some(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{draw::Draw, generator::tests::weights, test_prelude::test, weights::Weights};

    #[test]
    fn a_seed_means_a_text_on_every_platform() {
        // This very text is asserted natively and in the browser.
        let weights = weights(40, 2);
        let request = Request::new(&weights.vocab, "abc", 0.7, 100_000, 42).unwrap();
        let ids: Vec<u32> = Writer::new(Generator::new(&weights), request).collect();
        let text = weights.vocab.decode(&ids);
        assert_eq!(
            Weights::content_hash(text.as_bytes()),
            "ca38a003ac3a63bbc7fa02cce014edbb62cb16be81116c6bd875d42255ba121b"
        );
    }

    #[test]
    fn another_writer_goes_on_with_the_same_text() {
        let weights = weights(16, 2);
        let request = Request::new(&weights.vocab, "ab", 0.9, 60, 3).unwrap();
        let complete: Vec<u32> = Writer::new(Generator::new(&weights), request.clone()).collect();
        for at in [0, 1, 30, 60] {
            let rest = Writer::new(Generator::new(&weights), request.clone().after(&complete[..at]));
            assert_eq!(rest.collect::<Vec<u32>>(), complete[at..]);
        }
    }

    #[test]
    fn a_second_script_starts_afresh() {
        let weights = weights(16, 1);
        let request = Request::new(&weights.vocab, "a", 1.0, 50, 5).unwrap();
        let mut writer = Writer::new(Generator::new(&weights), request.clone());
        let first: Vec<u32> = writer.by_ref().collect();
        let second: Vec<u32> = Writer::new(writer.into_generator(), request).collect();
        assert_eq!(first, second);
    }

    #[test]
    fn rows_are_written_as_if_alone() {
        let weights = weights(24, 2);
        let generator = Generator::new(&weights);
        let request = |prompt, temperature, length, seed| {
            Request::new(&weights.vocab, prompt, temperature, length, seed).unwrap()
        };
        let requests = [
            request("abc", 0.7, 40, 1),
            request("a", 0.0, 7, 1).in_row(3),
            request("hij:abc", 1.0, 60, 9).in_row(2).with_top(5, 1.0).unwrap(),
            request("", 1.2, 1, 2),
            request("abc", 1.0, 40, 1).with_top(0, 0.8).unwrap(),
            request("abc", 0.03, 50, 1).with_draw(Draw::Probabilities),
        ];
        for count in 1..=requests.len() {
            let requests = &requests[..count];
            let mut rows = Rows::new(&generator, requests.to_vec());
            let mut texts = vec![Vec::new(); count];
            while let Some(written) = rows.step() {
                written.iter().for_each(|&(script, id)| texts[script].push(id));
            }
            for (text, request) in texts.iter().zip(requests) {
                let alone: Vec<u32> = Writer::new(generator.clone(), request.clone()).collect();
                assert_eq!(*text, alone);
            }
        }
        assert!(Rows::new(&generator, Vec::new()).step().is_none());
    }
}
