//! What the tab says to the program.

use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use web::messages::learner::ToLearner;

use crate::turn::Turns;

/// The messages that have come, in their order.
#[derive(Debug)]
pub(crate) struct Mailbox {
    messages: UnboundedReceiver<ToLearner>,
    turns: Turns,
}

impl Mailbox {
    /// Reads what the channel is given.
    pub(crate) fn new(messages: UnboundedReceiver<ToLearner>) -> Self {
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
