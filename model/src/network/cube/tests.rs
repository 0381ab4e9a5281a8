//! The kernels for software and those for GPUs do the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use burn::{
    backend::ops::FloatTensorOps,
    cubecl::{Device, future::block_on},
    tensor::TensorData,
};
use burn_cubecl::CubeBackend;

use super::{
    super::ops::{Operands, Passed},
    launch::{backward, forward},
    plan::{Hardware, Kernels, Plan},
    tensors::Tensor,
};
use crate::draw::uniform;

/// Random numbers from -0.5 to 0.5 on the GPU.
fn random<const D: usize>(row: u32, shape: [usize; D]) -> Tensor {
    let values: Vec<f32> =
        (0..shape.iter().product::<usize>() as u32).map(|n| uniform(3, row, n) - 0.5).collect();
    CubeBackend::float_from_data(TensorData::new(values, shape), &Device::Wgpu(Default::default()))
}

/// All numbers that a pass forward and back gives, by the kernels for a kind of device.
fn pass([time, batch, units]: [usize; 3], hardware: Hardware) -> Vec<f32> {
    let plan = Plan::of([time, batch, units], true, hardware);
    let operands = Operands {
        recurrent: random(0, [units, 4 * units]),
        hidden: random(1, [batch, units]),
        cell: random(2, [batch, units]),
        last: time,
    };
    let Passed { output, gates, hidden, cells } =
        forward(plan, random(4, [time, batch, 4 * units]), None, &operands);
    let gradient = random(5, [time + 1, batch, units]);
    let gradients = backward(plan, gates, operands, [hidden, cells, gradient], true);
    [output, gradients.input, gradients.recurrent, gradients.hidden, gradients.cell]
        .into_iter()
        .flat_map(|tensor| {
            let data = block_on(CubeBackend::float_into_data(tensor)).unwrap();
            data.iter::<f32>().collect::<Vec<f32>>()
        })
        .collect()
}

#[test]
fn kernels_agree() {
    if !std::env::var("SCRIPTORIUM_GPU_TESTS").is_ok_and(|value| value == "1") {
        return;
    }
    let Kernels::Lanes(tile) = Plan::new(&random(0, [1, 1, 4])).kernels else { return };
    // The last goes through several dispatches.
    for shape in [[1, 1, 1], [3, 5, 7], [2, 37, 12], [4, 64, 33], [3, 3, 130], [30, 2, 300]] {
        let left = pass(shape, Hardware::Gpu);
        // llvmpipe takes minutes to compile what a thread in software does for more units: it adds up 256 numbers at once.
        let software = Some(Hardware::Software).filter(|_| shape[2] <= 12);
        for other in [Hardware::Planes(tile.lanes)].into_iter().chain(software) {
            let right = pass(shape, other);
            assert_eq!(left.len(), right.len());
            let scale = left.iter().fold(1.0f32, |max, value| max.max(value.abs()));
            let worst = left.iter().zip(&right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= 1e-5 * scale, "{shape:?}, {other:?}: {worst} of {scale}");
        }
    }
}
