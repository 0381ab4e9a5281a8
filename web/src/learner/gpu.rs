//! The program that trains in the page, on WebGPU: all that the one for the CPU has, but for the device. It is started by
//! that one, for which it trains.

mod begin;
mod bench;
mod clock;
mod crew;
#[path = "device_gpu.rs"]
mod device;
mod drive;
mod estimate;
mod flow;
mod mailbox;
mod program;
mod refusal;
mod samples;
mod settings;
mod spawn;
mod text;
mod trial;
mod turn;

use web::{
    messages::learner::{FromLearner, Learner},
    worker::reply,
};

use self::{mailbox::Mailbox, program::Program};

unsafe extern "C" {
    /// Runs the program's static constructors; the linker provides it.
    fn __wasm_call_ctors();
}

fn main() {
    // SAFETY: The linker's own function, called once, before anything that depends on it. Without this call
    // every export would run all constructors again on each call from JavaScript.
    unsafe { __wasm_call_ctors() };
    let mut mailbox = Mailbox::open();
    wasm_bindgen_futures::spawn_local(async move {
        let mut program = Program::default();
        while let Some(message) = mailbox.next().await {
            program.answer(message, &mut mailbox).await;
        }
    });
    reply::<Learner>(&FromLearner::Started);
}
