//! Memory of passes that are over, for those to come. A pass takes megabytes, every step of a training the same: the
//! allocator would fill them with zeros first.

use std::sync::Mutex;

use burn::backend::{Flex, tensor::FloatTensor};

/// Most buffers kept: those of four layers.
const MAX_SPARE: usize = 12;

static SPARE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// So many numbers, whatever they are.
pub(super) fn take(count: usize) -> Vec<f32> {
    let found = SPARE.lock().ok().and_then(|mut spare| {
        let at = spare.iter().position(|values| values.len() == count)?;
        Some(spare.swap_remove(at))
    });
    found.unwrap_or_else(|| vec![0.0; count])
}

/// Keeps a tensor's numbers for [`take`].
pub(super) fn give_back(tensor: FloatTensor<Flex>) {
    if let (Ok(values), Ok(mut spare)) = (tensor.into_data().try_into_vec(), SPARE.lock()) {
        if spare.len() == MAX_SPARE {
            spare.remove(0);
        }
        spare.push(values);
    }
}
