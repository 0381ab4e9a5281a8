//! Generation on a device: a block of characters is queued whole, and only their ids come back.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::{CharLstm, Masks, lstm::LstmState};

/// Writes rows of characters on a device. Nothing here reads back: a block's ids are a tensor that the caller
/// awaits, so the next block can be queued meanwhile, and it runs in a browser.
#[derive(Debug)]
pub struct BlockGenerator {
    model: CharLstm,
    device: Device,
    /// Ones on and above the diagonal, `[vocab, vocab]`: a product with it is a cumulative sum.
    upper: Tensor<2>,
    state: Vec<LstmState>,
    /// The character to read next, `[rows]`.
    last: Tensor<1, Int>,
}

impl BlockGenerator {
    /// A generator of one row in its zero state.
    pub fn new(model: CharLstm, device: &Device) -> Self {
        let [_, vocab] = model.dense_kernel.dims();
        let ones: Vec<f32> = (0..vocab * vocab).map(|at| f32::from(at / vocab <= at % vocab)).collect();
        Self {
            upper: Tensor::from_data(TensorData::new(ones, [vocab, vocab]), device),
            state: model.zero_state(1),
            last: ids_tensor(&[0], device),
            device: device.clone(),
            model,
        }
    }

    /// Starts `rows` scripts with the same prompt from a zero state.
    pub fn begin(&mut self, prompt: &[u32], rows: usize) {
        self.state = self.model.zero_state(rows);
        let (last, before) = prompt.split_last().map_or((0, prompt), |(&l, b)| (l, b));
        for &id in before {
            self.step(ids_tensor(&vec![id; rows], &self.device));
        }
        self.last = ids_tensor(&vec![last; rows], &self.device);
    }

    /// Queues one step: reads `ids` `[rows]` and gives the logits `[rows, vocab]`.
    fn step(&mut self, ids: Tensor<1, Int>) -> Tensor<2> {
        let state = std::mem::take(&mut self.state);
        let (hidden, state) = self.model.hidden(ids.unsqueeze::<2>(), state, &Masks::default());
        self.state = state;
        let [_, rows, units] = hidden.dims();
        self.model.logits(hidden.reshape([rows, units]))
    }

    /// Queues the reading of a whole text by one row and gives the logits `[1, vocab]` after it.
    pub fn read(&mut self, ids: &[u32]) -> Tensor<2> {
        self.begin(ids, 1);
        self.step(self.last.clone())
    }

    /// Queues a block: `uniforms` holds the random numbers, `[steps, rows]` row-major. Gives the drawn ids
    /// `[steps, rows]`, drawn as [`draw`](crate::draw()) does.
    pub fn block(&mut self, uniforms: &[f32], temperature: f32) -> Tensor<2, Int> {
        let [rows] = self.last.dims();
        let steps = uniforms.len() / rows;
        let data = TensorData::new(uniforms.to_vec(), [steps, rows]);
        let uniforms = Tensor::<2>::from_data(data, &self.device);
        let mut written = Vec::with_capacity(steps);
        for step in 0..steps {
            let logits = self.step(self.last.clone());
            let ids = if temperature <= 0.0 {
                logits.argmax(1)
            } else {
                let uniform = uniforms.clone().slice([step..step + 1, 0..rows]);
                self.draw(logits, uniform.reshape([rows, 1]), temperature)
            };
            self.last = ids.reshape([rows]);
            written.push(self.last.clone().unsqueeze::<2>());
        }
        Tensor::cat(written, 0)
    }

    fn draw(&self, logits: Tensor<2>, uniform: Tensor<2>, temperature: f32) -> Tensor<2, Int> {
        let [rows, vocab] = logits.dims();
        let max = logits.clone().max_dim(1);
        let weights = ((logits - max) / temperature).exp();
        let sums = weights.matmul(self.upper.clone());
        let total = sums.clone().slice([0..rows, vocab - 1..vocab]);
        // The first id whose sum passes the target is the number of sums that do not.
        let passed = sums.lower_equal((total * uniform).expand([rows, vocab]));
        passed.int().sum_dim(1).clamp_max(vocab as i32 - 1)
    }
}

fn ids_tensor(ids: &[u32], device: &Device) -> Tensor<1, Int> {
    let ids: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
    let count = ids.len();
    Tensor::from_data(TensorData::new(ids, [count]), device)
}
