//! The program that trains in the page, on the CPU: burn on Flex, in a worker, so that nothing it does blocks the page.
//! Where WebGPU trains, it stands between the tab and the program that does.

mod begin;
mod bench;
mod clock;
mod crew;
mod device;
mod drive;
mod estimate;
mod flow;
mod front;
mod mailbox;
mod program;
mod refusal;
mod remote;
mod samples;
mod settings;
mod spawn;
mod text;
mod trial;
mod turn;
mod webgpu;

use web::{
    messages::learner::{FromLearner, Learner},
    worker::reply,
};

use self::{front::Front, mailbox::Mailbox};

fn main() {
    let mut mailbox = Mailbox::open();
    wasm_bindgen_futures::spawn_local(async move {
        let mut front = Front::default();
        while let Some(message) = mailbox.next().await {
            front.answer(message, &mut mailbox).await;
        }
    });
    reply::<Learner>(&FromLearner::Started);
}
