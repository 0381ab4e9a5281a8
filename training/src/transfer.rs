//! Numbers to a device and back.

use burn::tensor::{Device, ExecutionError, Tensor, TensorData, Transaction};

/// Numbers as a flat tensor.
pub(crate) fn to_device(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

/// Tensors as numbers, read together: a device far away is waited for once.
pub(crate) async fn from_device<const D: usize>(
    tensors: impl IntoIterator<Item = Tensor<D>>,
) -> Result<Vec<Vec<f32>>, ExecutionError> {
    let reading = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let read = reading.execute_async().await?;
    Ok(read.iter().map(|data| data.iter::<f32>().collect()).collect())
}
