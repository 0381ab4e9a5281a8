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

/// Tensors as numbers behind one another, read together.
pub(crate) async fn joined(tensors: impl IntoIterator<Item = Tensor<1>>) -> Result<Vec<f32>, ExecutionError> {
    let reading = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let read = reading.execute_async().await?;
    let mut numbers = Vec::with_capacity(read.iter().map(TensorData::num_elements).sum());
    for data in &read {
        match data.as_slice::<f32>() {
            Ok(values) => numbers.extend_from_slice(values),
            Err(_) => numbers.extend(data.iter::<f32>()),
        }
    }
    Ok(numbers)
}
