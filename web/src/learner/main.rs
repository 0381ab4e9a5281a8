//! The program that trains in the page, on the CPU: burn on Flex, in a worker, so that nothing it does blocks the page.

use web::{
    messages::learner::{FromLearner, Learner, ToLearner},
    worker::{reply, serve},
};

fn main() {
    std::panic::set_hook(Box::new(|info| {
        reply::<Learner>(&FromLearner::Failed { message: format!("the training broke down: {info}") });
    }));
    serve::<Learner>(|message: Option<ToLearner>| {
        if message.is_none() {
            reply::<Learner>(&FromLearner::Failed {
                message: "the training got a message it does not know; reload the page".to_owned(),
            });
        }
    });
    reply::<Learner>(&FromLearner::Started);
}
