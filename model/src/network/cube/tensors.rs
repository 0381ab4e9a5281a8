//! Tensors as the kernels take them.

use burn::{backend::tensor::FloatTensor, cubecl::prelude::*, tensor::Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_contiguous_dtype};

pub(super) type Tensor = FloatTensor<CubeBackend>;

/// A tensor of its own to be overwritten, its numbers in order.
pub(in crate::network) fn to_overwrite(tensor: Tensor) -> Tensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() { tensor } else { tensor.copy() }
}

/// A tensor of this shape where another lies, of numbers of the same kind. What is in it is whatever was there.
pub(in crate::network) fn empty_like<const D: usize>(tensor: &Tensor, shape: [usize; D]) -> Tensor {
    let (client, device) = (tensor.client.clone(), tensor.device.clone());
    empty_device_contiguous_dtype(client, device, Shape::new(shape), tensor.dtype)
}

/// A tensor as a kernel's argument.
pub(super) fn argument(tensor: &Tensor) -> BufferArg {
    tensor.clone().into_buffer_arg()
}
