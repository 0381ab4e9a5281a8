//! A model as a file of another framework: written by the program that knows those, in a worker of its own, so that the page
//! lives on whatever it takes.

use js_sys::Uint8Array;
use web::{
    dom::Result,
    download::download,
    messages::{Exporter, FromExporter, ToExporter},
    words::{word, words},
    worker::{Fault, Remote},
};

/// Writes a model in a format, as the command line names it, and saves the file; `report` hears how it went.
///
/// # Errors
/// If the browser refuses the worker.
pub(crate) fn export(
    title: String,
    weights: Uint8Array,
    format: String,
    report: impl Fn(Result<()>) + 'static,
) -> Result<()> {
    let request = ToExporter { title, weights, format };
    let started = Remote::start(move |remote: &Remote<Exporter>, message| {
        let outcome = match message {
            Ok(FromExporter::Started) => match remote.send(&request) {
                Ok(()) => return,
                Err(error) => Err(error),
            },
            Ok(FromExporter::Written { name, bytes }) => download(&name, &bytes, "application/octet-stream"),
            Ok(FromExporter::Failed { message }) => Err(message),
            Err(Fault::Unknown) => Err(word("train-unknown")),
            Err(Fault::Broken(reason)) => Err(words("train-not-written", &[("error", &reason)])),
        };
        remote.end();
        report(outcome);
    });
    // It lives as long as its worker.
    started.map(drop)
}
