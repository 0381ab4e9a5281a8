//! What the tab says to the program.

use futures_channel::mpsc::{self, UnboundedReceiver};
use futures_util::StreamExt;
use web::{
    messages::learner::{FromLearner, Learner, ToLearner},
    worker::{reply, serve},
};

use crate::turn::Turns;

/// The messages that have come, in their order.
#[derive(Debug)]
pub(crate) struct Mailbox {
    messages: UnboundedReceiver<ToLearner>,
    turns: Turns,
}

impl Mailbox {
    /// Listens from now on. If the program breaks down, the tab is told.
    pub(crate) fn open() -> Self {
        std::panic::set_hook(Box::new(|info| {
            reply::<Learner>(&FromLearner::Failed { message: format!("the training broke down: {info}") });
        }));
        let (sender, messages) = mpsc::unbounded();
        serve::<Learner>(move |message| match message {
            Some(message) => {
                // The receiver lives as long as the program.
                let _ = sender.unbounded_send(message);
            }
            None => reply::<Learner>(&FromLearner::Failed {
                message: "the training got a message it does not know; reload the page".to_owned(),
            }),
        });
        Self { messages, turns: Turns::default() }
    }

    /// The next message, waited for; `None` if there will be none.
    pub(crate) async fn next(&mut self) -> Option<ToLearner> {
        self.messages.next().await
    }

    /// What has come while the program computed, for which the browser gets a turn every now and then.
    pub(crate) async fn waiting(&mut self) -> Option<ToLearner> {
        self.turns.take().await;
        self.messages.try_recv().ok()
    }
}
