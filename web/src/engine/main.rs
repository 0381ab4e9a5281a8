//! The engine: the burn model on WebGPU, in a worker of its own.

mod device;
mod run;

use std::{cell::Cell, rc::Rc};

use futures_channel::mpsc;
use futures_util::StreamExt;
use web::{
    messages::{Engine, FromEngine, ToEngine},
    worker::{reply, serve},
};

unsafe extern "C" {
    /// Runs the program's static constructors; the linker provides it.
    fn __wasm_call_ctors();
}

fn main() {
    // SAFETY: The linker's own function, called once, before anything that depends on it. Without this call
    // every export would run all constructors again on each call from JavaScript.
    unsafe { __wasm_call_ctors() };
    std::panic::set_hook(Box::new(|info| {
        reply::<Engine>(&FromEngine::Failed { message: format!("the engine stopped: {info}") });
    }));
    let (sender, receiver) = mpsc::unbounded();
    let stopped = Rc::new(Cell::new(0));
    let stop = stopped.clone();
    serve::<Engine>(move |message| match message {
        // A stop must not wait behind the job that it stops.
        Some(ToEngine::Stop { job }) => stop.set(stop.get().max(job)),
        Some(message) => {
            // The receiver lives as long as the program.
            let _ = sender.unbounded_send(message);
        }
        None => reply::<Engine>(&FromEngine::Failed {
            message: "the engine got a message it does not know; reload the page".to_owned(),
        }),
    });
    wasm_bindgen_futures::spawn_local(answer(receiver, stopped));
    reply::<Engine>(&FromEngine::Started);
}

/// Answers messages one after another.
async fn answer(mut messages: mpsc::UnboundedReceiver<ToEngine>, stopped: Rc<Cell<u32>>) {
    let mut device = None;
    let mut model: Option<run::Loaded> = None;
    while let Some(message) = messages.next().await {
        let outcome = match message {
            ToEngine::Load { weights, bare } => {
                run::load(&mut device, &weights.to_vec(), bare).await.map(|loaded| {
                    let chars_per_second = loaded.chars_per_second();
                    model = Some(loaded);
                    reply::<Engine>(&FromEngine::Ready { chars_per_second });
                })
            }
            ToEngine::Generate(job) => run::generate(model.as_mut(), job, &stopped).await,
            ToEngine::Check { ids } => run::check(model.as_mut(), &ids).await,
            ToEngine::Stop { .. } => Ok(()),
        };
        if let Err(message) = outcome {
            reply::<Engine>(&FromEngine::Failed { message });
        }
    }
}
