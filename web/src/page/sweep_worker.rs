//! The page's program in a worker, where it writes some rows of a sweep with the CPU generator.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use model::{Generator, Rows};
use wasm_bindgen_futures::spawn_local;
use web::{
    messages::{FromEngine, Ids, Job, SweepWorker, ToEngine},
    read_weights,
    turn::give_turn,
    worker::{reply, serve},
};

use crate::slice::write_for;

/// Milliseconds of writing between two messages.
const SLICE_MILLISECONDS: f64 = 30.0;
/// Steps between two looks at the clock.
const STEPS: u32 = 16;

#[derive(Default)]
struct Writer {
    generator: RefCell<Option<Generator>>,
    /// The last job that was stopped; all before it are too.
    stopped: Cell<u32>,
}

/// Serves the page.
pub(crate) fn start() {
    std::panic::set_hook(Box::new(|info| send(&FromEngine::Failed { message: info.to_string() })));
    let writer = Rc::new(Writer::default());
    serve::<SweepWorker>(move |message| {
        if let Err(message) = writer.hear(message) {
            send(&FromEngine::Failed { message });
        }
    });
    send(&FromEngine::Started);
}

impl Writer {
    fn hear(self: &Rc<Self>, message: Option<ToEngine>) -> Result<(), String> {
        match message.ok_or("a message that is not known")? {
            ToEngine::Load { weights, bare } => {
                *self.generator.borrow_mut() = Some(Generator::new(&read_weights(&weights.to_vec(), bare)?));
                send(&FromEngine::Ready { chars_per_second: 0.0 });
            }
            ToEngine::Generate(job) => spawn_local(self.clone().write(job)),
            ToEngine::Stop { job } => self.stopped.set(self.stopped.get().max(job)),
            ToEngine::Check { .. } => {}
        }
        Ok(())
    }

    async fn write(self: Rc<Self>, job: Job) {
        let Some(generator) = self.generator.borrow().clone() else { return };
        let number = job.job;
        let mut rows = Rows::new(&generator, job.into_requests());
        let mut texts = vec![Ids::default(); rows.len()];
        while !rows.is_empty() && self.stopped.get() < number {
            write_for(&mut rows, SLICE_MILLISECONDS, STEPS, &mut texts);
            let written = texts.iter_mut().map(std::mem::take).collect();
            send(&FromEngine::Block { job: number, texts: written });
            give_turn().await;
        }
        send(&FromEngine::Done { job: number });
    }
}

fn send(message: &FromEngine) {
    reply::<SweepWorker>(message);
}
