//! The program that trains in the page, on the CPU: burn on Flex, in a worker, so that nothing it does blocks the page.

mod begin;
mod bench;
mod clock;
mod crew;
mod device;
mod drive;
mod estimate;
mod mailbox;
mod program;
mod refusal;
mod samples;
mod settings;
mod text;
mod turn;

use web::{
    messages::learner::{FromLearner, Learner},
    worker::reply,
};

use self::{mailbox::Mailbox, program::Program};

fn main() {
    let mut mailbox = Mailbox::open();
    wasm_bindgen_futures::spawn_local(async move {
        let mut program = Program::default();
        while let Some(message) = mailbox.next().await {
            program.answer(message, &mut mailbox).await;
        }
    });
    reply::<Learner>(&FromLearner::Started);
}
