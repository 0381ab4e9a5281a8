//! The page's program as a scribe: in a worker, where it writes some rows of a sweep with the CPU generator. It takes and
//! sends the messages of the engine.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use model::{Generator, Rows};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::spawn_local;
use web::{FromEngine, Job, ToEngine, dom::now, read_weights, turn::give_turn};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Milliseconds of writing between two messages.
const SLICE_MILLISECONDS: f64 = 30.0;
/// Steps between two looks at the clock.
const STEPS: u32 = 16;

#[derive(Default)]
struct Scribe {
    generator: RefCell<Option<Generator>>,
    /// The last job that was stopped; all before it are too.
    stopped: Cell<u32>,
}

/// Listens to the page.
pub(crate) fn start() {
    std::panic::set_hook(Box::new(|info| send(&FromEngine::Failed { message: info.to_string() })));
    let scribe = Rc::new(Scribe::default());
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Err(message) = scribe.hear(event.data()) {
            send(&FromEngine::Failed { message });
        }
    });
    scope().set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
    send(&FromEngine::Started);
}

impl Scribe {
    fn hear(self: &Rc<Self>, message: JsValue) -> Result<(), String> {
        match ToEngine::from_js(message).ok_or("a message that is none")? {
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

    async fn write(self: Rc<Self>, Job { job, rows }: Job) {
        let Some(generator) = self.generator.borrow().clone() else { return };
        let mut rows = Rows::new(&generator, rows);
        let mut texts = vec![Vec::new(); rows.len()];
        while !rows.is_empty() && self.stopped.get() < job {
            write_for(&mut rows, SLICE_MILLISECONDS, STEPS, &mut texts);
            let written = texts.iter_mut().map(std::mem::take).collect();
            send(&FromEngine::Block { job, texts: written });
            give_turn().await;
        }
        send(&FromEngine::Done { job });
    }
}

/// Writes until so many milliseconds are over or all is written, looking at the clock every few `steps`, and adds to each
/// script's text.
pub(crate) fn write_for(rows: &mut Rows, milliseconds: f64, steps: u32, texts: &mut [Vec<u32>]) {
    let end = now() + milliseconds;
    while now() < end {
        for _ in 0..steps {
            let Some(written) = rows.step() else { return };
            written.iter().for_each(|&(row, id)| texts[row].push(id));
        }
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn send(message: &FromEngine) {
    // Posting a plain value to the page cannot fail while the page is there.
    let _ = scope().post_message(&message.to_js());
}
