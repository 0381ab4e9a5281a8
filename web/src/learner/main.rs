//! The program that trains in the page, on the CPU: burn on Flex, in a worker, so that nothing it does blocks the page.

mod begin;
mod bench;
mod clock;
mod crew;
mod drive;
mod estimate;
mod mailbox;
mod program;
mod refusal;
mod samples;
mod settings;
mod text;
mod turn;

use futures_channel::mpsc;
use web::{
    messages::learner::{FromLearner, Learner},
    worker::{reply, serve},
};

use self::{mailbox::Mailbox, program::Program};

fn main() {
    std::panic::set_hook(Box::new(|info| {
        reply::<Learner>(&FromLearner::Failed { message: format!("the training broke down: {info}") });
    }));
    let (sender, receiver) = mpsc::unbounded();
    serve::<Learner>(move |message| match message {
        Some(message) => {
            // The receiver lives as long as the program.
            let _ = sender.unbounded_send(message);
        }
        None => reply::<Learner>(&FromLearner::Failed {
            message: "the training got a message it does not know; reload the page".to_owned(),
        }),
    });
    wasm_bindgen_futures::spawn_local(async move {
        let (mut mailbox, mut program) = (Mailbox::new(receiver), Program::default());
        while let Some(message) = mailbox.next().await {
            program.answer(message, &mut mailbox).await;
        }
    });
    reply::<Learner>(&FromLearner::Started);
}
