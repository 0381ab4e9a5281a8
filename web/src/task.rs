//! Tasks that go on by themselves, and what becomes of their errors.

use wasm_bindgen_futures::spawn_local;

use crate::dom::Result;

/// Begins a task; `report` hears why it failed, if it does.
pub fn spawn(task: impl Future<Output = Result<()>> + 'static, report: impl FnOnce(&str) + 'static) {
    spawn_local(async move {
        if let Err(message) = task.await {
            report(&message);
        }
    });
}
