//! The program that trains, spoken to as the tab speaks to it.

use burn::tensor::{Device, read_sync};
use tests::{Result, Visit, Webgpu};
use training::{Ids, Practice, RecipeName, Training};

/// `learn(workers, stopAt, checkpoint)` trains on a text made here and gives what the program said: all losses by step, the
/// weights at the end and the last checkpoint. It stops once `stopAt` steps are done. What `heard(message, worker)` takes for
/// itself, if there is such a function, is not kept.
pub(crate) const LEARN: &str = r#"
const words = "to be or not that is the question whether nobler in mind suffer slings and arrows".split(" ");
let state = 7;
const word = () => words[(state = (state * 1103515245 + 12345) % 2147483648) >> 16 & 15];
const text = Array.from({ length: 6000 }, (_, at) => word() + (at % 9 ? " " : ".\n")).join("");
const settings = { recipe: "sequence", hidden: 24, layers: 2, batch: 8, time: 20, epochs: 1, learning_rate: 0.01,
  dropout: 0.1, recurrent_dropout: 0, weight_decay: 0, average: 0.9, patience: 0, split: 0.9, seed: 3, minutes: 0,
  engine: "cpu", workers: 1, sample_secs: 0 };
window.usual = settings;
window.learn = (workers, stopAt, checkpoint, changes = {}) => new Promise((done) => {
  const version = document.documentElement.dataset.version;
  const worker = new Worker(`./start.js?v=${version}`, { type: "module", name: "learner" });
  const said = { losses: {} };
  const end = (how) => { worker.terminate(); done({ ...said, how }); };
  worker.onerror = (event) => end(event.message);
  worker.onmessage = ({ data }) => {
    if (window.heard?.(data, worker)) return;
    if (data === "started") {
      const bytes = new TextEncoder().encode(text);
      worker.postMessage({ read: { files: [{ name: "hamlet.txt", bytes }], choice: { rare: "keep" } } });
    } else if (data.text) {
      said.characters = data.text.characters;
      const beginning = checkpoint ? { checkpoint: { bytes: checkpoint } } : "anew";
      // So slowly that it cannot have ended before it is told to stop.
      if (stopAt) worker.postMessage({ pace: { share: 0.01 } });
      worker.postMessage({ train: { settings: { ...settings, ...changes, workers }, beginning } });
    } else if (data.begun) {
      said.engine = data.begun.engine;
    } else if (data.step) {
      const { step, loss } = data.step;
      said.losses[step] = loss;
      if (stopAt && step >= stopAt) worker.postMessage("stop");
    } else if (data.epoch) {
      said.epoch = data.epoch;
    } else if (data.sample) {
      said.sample = data.sample.text;
    } else if (data.weights) {
      said.weights = Array.from(data.weights.file);
    } else if (data.checkpoint) {
      said.checkpoint = data.checkpoint.bytes;
      said.steps = data.checkpoint.steps;
    } else if (data.ended) {
      end(data.ended.outcome);
    } else if (data.refused) {
      end(`${data.refused.field}: ${data.refused.message}`);
    } else if (data.failed) {
      end(data.failed.message);
    }
  };
});
"#;

/// A page without WebGPU that can [`LEARN`].
fn visit() -> Result<Visit> {
    let visit = Visit::with(Webgpu::Missing).open_written("?length=20")?;
    visit.run(LEARN)?;
    Ok(visit)
}

/// Runs statements that leave something in `window.done`, and waits for it.
pub(crate) fn finish(visit: &Visit, statements: &str) -> Result {
    visit.run(&["window.done = false; (async () => {", statements, "window.done = true; })();"].concat())?;
    visit.wait("window.done")?;
    Ok(())
}

#[test]
fn two_workers_learn_what_one_learns() -> Result {
    let visit = visit()?;
    finish(&visit, "window.one = await learn(1); window.two = await learn(2);")?;
    assert_eq!(visit.value("one.how")?, "finished");
    assert_eq!(visit.value("two.how")?, "finished");
    assert_eq!(visit.value("[one.engine, two.engine].join()")?, "CPU,CPU, 2 workers");
    // More than 100 steps, and the loss has fallen.
    assert_eq!(visit.value("one.steps > 100 && one.steps == two.steps")?, true);
    assert_eq!(visit.value("one.epoch.val_loss < one.losses[1] - 0.3")?, true);
    let apart: f64 = visit.value_as("Math.abs(one.epoch.loss - two.epoch.loss)")?;
    assert!(apart < 1e-4, "{apart}");
    let apart: f64 = visit.value_as("Math.abs(one.epoch.val_loss - two.epoch.val_loss)")?;
    assert!(apart < 1e-4, "{apart}");
    Ok(())
}

#[test]
fn a_training_goes_on_as_if_it_had_not_stopped() -> Result {
    let visit = visit()?;
    for workers in 1..=2 {
        let train = format!(
            "window.whole = await learn({workers}); const half = await learn({workers}, 1);
            window.how = half.how; window.rest = await learn({workers}, 0, half.checkpoint);"
        );
        finish(&visit, &train)?;
        assert_eq!(visit.value("how")?, "stopped");
        assert_eq!(visit.value("[whole.how, rest.how].join()")?, "finished,finished");
        assert_eq!(visit.value("whole.weights.join() == rest.weights.join()")?, true, "{workers} workers");
    }
    Ok(())
}

#[test]
fn what_cannot_be_trained_is_refused_with_a_sentence() -> Result {
    let visit = visit()?;
    let refused = [
        ("{ hidden: 0 }", "hidden: hidden 0 cannot be used; give a number from 1 to 2048"),
        ("{ hidden: 2048, layers: 8, batch: 1000 }", "hidden: A training with these settings takes"),
        ("{ time: 4000 }", "text: The text has"),
        ("{ engine: 'gpu' }", "engine: engine gpu cannot be used"),
    ];
    for (changes, sentence) in refused {
        finish(&visit, &format!("window.said = (await learn(1, 0, null, {changes})).how;"))?;
        let said: String = visit.value_as("said")?;
        assert!(said.starts_with(sentence), "{said}");
    }
    finish(&visit, "window.said = (await learn(1, 0, new Uint8Array(9))).how;")?;
    let said: String = visit.value_as("said")?;
    assert!(said.starts_with("model: The checkpoint cannot be used"), "{said}");
    Ok(())
}

/// Steps whose losses are compared.
const COMPARED: usize = 100;

/// The losses of a training that is made up, natively.
fn native_losses(name: RecipeName) -> Result<Vec<f64>> {
    let Practice { checkpoint, text } = Practice::new(name, 1).map_err(|error| anyhow::anyhow!("{error}"))?;
    let ids = Ids::encode(&checkpoint.weights.vocab, &text);
    let mut training = Training::new(checkpoint, &ids, &Device::flex())?;
    let mut losses = Vec::with_capacity(COMPARED);
    for _ in 0..COMPARED {
        let before = training.position().clone();
        training.step_next();
        read_sync(training.read_losses())?;
        losses.push(training.position().mean_loss_since(&before));
    }
    Ok(losses)
}

#[test]
fn its_losses_are_those_of_the_command_line() -> Result {
    for (workers, name) in [(1, RecipeName::Sequence), (2, RecipeName::Sequence), (1, RecipeName::Notebook)] {
        let visit = Visit::with(Webgpu::Missing).open(&format!("bench.html?train=1&workers={workers}"))?;
        visit.wait("window.trainBench")?;
        finish(
            &visit,
            &format!("window.losses = (await trainBench({COMPARED}, '{}')).losses;", name.as_str()),
        )?;
        let losses: Vec<f64> = visit.value_as("losses")?;
        let native = native_losses(name)?;
        assert_eq!(losses.len(), native.len());
        for (step, (page, native)) in losses.iter().zip(&native).enumerate() {
            assert!(
                (page - native).abs() < 1e-3,
                "{name:?}, {workers} workers, step {step}: {page}, {native}"
            );
        }
        // It learns: equal losses of something that stands still would say little.
        assert!(native[COMPARED - 1] < native[0] - 0.05, "{native:?}");
    }
    Ok(())
}
