//! Generation on a GPU: a block of characters is queued at once, and only their ids come back.

use burn::{
    backend::Dispatch,
    tensor::{Device, Int, Tensor, TensorData},
};
use thiserror::Error;

use super::generate::{
    Block, BlockTensors, Dimensions, Draws, MAX_ROWS, NOTHING, WriteOps, pack, row_settings,
};
use crate::{draw::Draw, request::Request, weights::Weights};

/// Why a model cannot write on a device.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BlockError {
    /// More weights than a kernel can reach.
    #[error(
        "the model's weights take {needed} bytes in one piece, but this device reaches only {most}; write with the CPU generator"
    )]
    TooLarge {
        /// Bytes of the weights.
        needed: u64,
        /// Bytes that the device reaches.
        most: u64,
    },
}

/// Writes rows of characters on a GPU. Nothing here reads back: a block's ids are a tensor that the caller awaits, so
/// the next block can be queued meanwhile, and it runs in a browser.
#[derive(Debug)]
pub struct BlockGenerator {
    dimensions: Dimensions,
    device: Device,
    weights: Tensor<1>,
    /// Hidden states and cells, changed in place by every block.
    state: Tensor<1>,
    /// What the kernel keeps of a step: behind a reading, the logits.
    scratch: Tensor<1>,
    /// Temperature, top-k, top-p, seed, row of the random stream, next id and what is divided by the temperature, of each row.
    settings: Tensor<1, Int>,
    rows: usize,
    draws: Draws,
    written: u32,
    /// Which of the two hidden states is the last.
    half: usize,
}

impl BlockGenerator {
    /// Puts weights on a GPU, in a zero state.
    ///
    /// # Errors
    /// If the weights are more than the device lets a kernel reach.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self, BlockError> {
        let dimensions = Dimensions::new(weights);
        let settings = Tensor::<1, Int>::from_data(TensorData::new(vec![0i32], [1]), device);
        let max = <Dispatch as WriteOps>::largest_buffer(settings.clone().into_dispatch());
        let needed = 4 * dimensions.weights() as u64;
        if needed > max {
            return Err(BlockError::TooLarge { needed, most: max });
        }
        Ok(Self {
            weights: numbers(pack(weights), device),
            state: Tensor::empty([1], device),
            scratch: Tensor::empty([1], device),
            settings,
            device: device.clone(),
            dimensions,
            rows: 0,
            draws: Draws::default(),
            written: 0,
            half: 0,
        })
    }

    /// Starts scripts side by side, whose lengths are for the caller to keep to, from a zero state and queues the reading
    /// of all prompts but their last characters, which the first block reads. Of all scripts as many characters must be
    /// written already as of the first.
    pub fn begin(&mut self, rows: &[Request]) {
        let places = rows.len().next_multiple_of(MAX_ROWS);
        let longest = rows.iter().map(|row| row.prompt.len()).max().unwrap_or(0).max(1);
        // Shorter prompts begin later, so that all end together.
        let read_at = |row: &Request, step: usize| {
            (step + row.prompt.len()).checked_sub(longest).map_or(NOTHING, |at| row.prompt[at])
        };
        let settings = (0..places).flat_map(|place| match rows.get(place) {
            Some(row) => row_settings(Some(row), read_at(row, 0)),
            None => row_settings(None, NOTHING),
        });
        self.settings = self.bits(settings.collect());
        self.state = numbers(vec![0.0; places * self.dimensions.state()], &self.device);
        self.scratch = Tensor::empty([places * self.dimensions.scratch()], &self.device);
        self.rows = rows.len();
        self.draws = Draws::of(rows);
        self.written = rows.first().map_or(0, |row| row.written);
        self.half = 0;
        if longest > 1 {
            let given = (1..longest).flat_map(|step| rows.iter().map(move |row| read_at(row, step)));
            let given = self.bits(given.collect()).reshape([longest - 1, self.rows]);
            self.run(given, true);
        }
    }

    /// Queues the reading of a text by one row and gives the logits `[1, vocab]` after it.
    pub fn read(&mut self, ids: &[u32]) -> Tensor<2> {
        let mut prompt = ids.to_vec();
        // `begin` leaves the last one unread.
        prompt.push(0);
        let row = Request {
            prompt,
            draw: Draw::Logits,
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
            length: 0,
            written: 0,
            seed: 0,
            row: 0,
        };
        self.begin(&[row]);
        let vocab = self.dimensions.vocab;
        self.scratch.clone().narrow(0, 0, vocab).reshape([1, vocab])
    }

    /// Queues a block and gives its ids `[steps, rows]`, drawn as [`draw`](crate::draw()) does.
    pub fn block(&mut self, steps: u32) -> Tensor<2, Int> {
        let ids = self.run(Tensor::empty([steps as usize, self.rows], &self.device), false);
        self.written += steps;
        ids
    }

    fn run(&mut self, ids: Tensor<2, Int>, reading: bool) -> Tensor<2, Int> {
        let [steps, rows] = ids.dims();
        let block = Block {
            dimensions: self.dimensions,
            rows,
            steps,
            reading,
            first_step: self.written,
            half: self.half,
            draws: self.draws,
        };
        self.half = (self.half + steps) % 2;
        let tensors = BlockTensors {
            weights: self.weights.clone().into_dispatch(),
            state: self.state.clone().into_dispatch(),
            scratch: self.scratch.clone().into_dispatch(),
            settings: self.settings.clone().into_dispatch(),
            ids: ids.into_dispatch(),
        };
        Tensor::from_dispatch(<Dispatch as WriteOps>::write_block(tensors, block))
    }

    /// A tensor with the bits of `numbers`.
    fn bits(&self, numbers: Vec<u32>) -> Tensor<1, Int> {
        let count = numbers.len();
        let numbers: Vec<i32> = numbers.into_iter().map(|number| number as i32).collect();
        Tensor::from_data(TensorData::new(numbers, [count]), &self.device)
    }
}

fn numbers(numbers: Vec<f32>, device: &Device) -> Tensor<1> {
    let count = numbers.len();
    Tensor::from_data(TensorData::new(numbers, [count]), device)
}
