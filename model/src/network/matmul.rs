//! The product of two matrices as an operation of our own, for WebGPU in a browser: burn's brings along kernels for every
//! kind of GPU, which weigh more there than all the rest that trains.

use burn::{
    backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor},
    tensor::Tensor,
};

/// Whether the operation stands in for burn's.
pub(super) const IN_USE: bool = cfg!(all(target_family = "wasm", feature = "wgpu"));

/// The operation as burn's dispatch knows it.
#[backend_extension(
    Cube: cfg(feature = "wgpu"),
    Flex: cfg(feature = "flex"),
    Autodiff: cfg(feature = "autodiff"),
)]
pub(crate) trait MatmulOps: Backend {
    /// `left` `[rows, depth]` times `right` `[depth, columns]`.
    fn product(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// What a backend computes for [`MatmulOps`].
pub(crate) trait MatmulKernel: Backend {
    /// The product of two matrices, each of which may be `transposed` first.
    fn multiply(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        transposed: [bool; 2],
    ) -> FloatTensor<Self>;
}

impl<B: MatmulKernel> MatmulOps for B {
    fn product(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::multiply(left, right, [false; 2])
    }
}

#[cfg(feature = "flex")]
impl MatmulKernel for burn::backend::Flex {
    fn multiply(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        transposed: [bool; 2],
    ) -> FloatTensor<Self> {
        use burn::backend::ops::FloatTensorOps;

        let turned = |matrix, turn| if turn { Self::float_swap_dims(matrix, 0, 1) } else { matrix };
        let [turn_left, turn_right] = transposed;
        Self::float_matmul(turned(left, turn_left), turned(right, turn_right))
    }
}

/// `left` `[rows, depth]` times `right` `[depth, columns]`.
pub(crate) fn matmul(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    if IN_USE { own_matmul(left, right) } else { left.matmul(right) }
}

fn own_matmul(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as MatmulOps>::product(left.into_dispatch(), right.into_dispatch()))
}

#[cfg(feature = "autodiff")]
mod autodiff {
    use burn::backend::{
        Autodiff,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        tensor::FloatTensor,
    };

    use super::{MatmulKernel, MatmulOps};

    #[derive(Debug)]
    struct MatmulBackward;

    impl<B: MatmulKernel> Backward<B, 2> for MatmulBackward {
        type State = [FloatTensor<B>; 2];

        fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
            let gradient = grads.consume::<B>(&ops.node);
            let [left, right] = ops.state;
            let [of_left, of_right] = ops.parents;
            if let Some(node) = of_left {
                grads.register::<B>(node.id, B::multiply(gradient.clone(), right, [false, true]));
            }
            if let Some(node) = of_right {
                grads.register::<B>(node.id, B::multiply(left, gradient, [true, false]));
            }
        }
    }

    impl<B: MatmulKernel, C: CheckpointStrategy> MatmulOps for Autodiff<B, C> {
        fn product(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
            let nodes = [left.node(), right.node()];
            let [left, right] = [left, right].map(|matrix| matrix.into_primitive());
            let product = B::product(left.clone(), right.clone());
            match MatmulBackward.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish([left, right], product),
                OpsKind::UnTracked(prepared) => prepared.finish(product),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use burn::tensor::{Device, DeviceKind, TensorData};

    use super::*;
    use crate::draw::uniform;

    /// Product and both gradients, of random numbers.
    fn all(shape: [usize; 3], device: &Device, product: fn(Tensor<2>, Tensor<2>) -> Tensor<2>) -> Vec<f32> {
        let [rows, depth, columns] = shape;
        let random = |row: u32, rows: usize, columns: usize| {
            let values: Vec<f32> = (0..(rows * columns) as u32).map(|n| uniform(5, row, n) - 0.5).collect();
            Tensor::<2>::from_data(TensorData::new(values, [rows, columns]), device)
        };
        let [left, right] = [random(0, rows, depth).require_grad(), random(1, depth, columns).require_grad()];
        let result = product(left.clone(), right.clone());
        let gradients = (result.clone() * random(2, rows, columns)).sum().backward();
        [result.inner(), left.grad(&gradients).unwrap(), right.grad(&gradients).unwrap()]
            .into_iter()
            .flat_map(|tensor| tensor.into_data().iter::<f32>().collect::<Vec<f32>>())
            .collect()
    }

    #[test]
    fn it_is_burns() {
        let cpu = Device::flex().autodiff();
        let mut devices = vec![cpu.clone()];
        if std::env::var("SCRIPTORIUM_GPU_TESTS").is_ok_and(|value| value == "1") {
            devices.push(Device::wgpu(DeviceKind::DefaultDevice).autodiff());
        }
        for device in devices {
            for shape in [[1, 1, 1], [3, 5, 7], [128, 64, 65], [33, 130, 34]] {
                let expected = all(shape, &cpu, |left, right| left.matmul(right));
                let found = all(shape, &device, own_matmul);
                assert_eq!(expected.len(), found.len());
                let worst = expected.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < 1e-5, "{shape:?}: {worst}");
            }
        }
    }
}
