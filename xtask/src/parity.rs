//! Whether Keras 2 and 3, TensorFlow.js, PyTorch and onnxruntime compute what we do: models of theirs go through
//! `scriptorium import`, and two of ours through `scriptorium export`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    npm::TENSORFLOW_JS,
    paths::{built, root, target},
    peers,
    requirement::{Installing, ensure},
    run::{cargo, step},
};

/// A program of ours that makes models with a framework, and what it writes beside them: their own numbers.
struct Maker {
    script: &'static str,
    reference: &'static str,
}

const PARITY: Maker = Maker { script: "exchange/parity/parity.py", reference: "reference.json" };
const KERAS_2: Maker = Maker { script: "exchange/parity/keras2.py", reference: "keras2.json" };
/// It runs in Node.js; what it makes is compared by the one for Keras 2.
const TFJS: Maker = Maker { script: "exchange/parity/tfjs.mjs", reference: "tfjs.json" };
/// Weights alone whose gates their version tells wrong.
const HARD_WEIGHTS: &str = "hard_weights.h5";

/// A model that is exported, and a text that it knows all characters of.
struct Exported {
    weights: PathBuf,
    text: &'static str,
    /// What it is exported to, and the file's name that the scripts know.
    kinds: &'static [(&'static str, &'static str)],
}

const KINDS: [(&str, &str); 4] = [
    ("keras", "model.keras"),
    ("h5", "model.h5"),
    ("onnx", "model.onnx"),
    ("pytorch", "model.pytorch.safetensors"),
];

/// Where everything that is made here lies.
struct Parity {
    python: PathBuf,
    folder: PathBuf,
}

/// Installs the frameworks if they are missing, and compares in both directions.
pub(crate) fn parity(installing: Installing) -> Result<()> {
    let python = peers::ensure(&peers::EXCHANGE, installing)?;
    ensure([&TENSORFLOW_JS], installing)?;
    // As everything native is built: other features would build burn once more.
    let build = ["build", "--release", "--workspace", "--all-targets"];
    step("building the command line (cold about 15 minutes)", cargo().args(build))?;
    let folder = target()?.join("parity");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let parity = Parity { python, folder };
    let done = [
        parity.imports(&PARITY, &PARITY),
        parity.imports(&KERAS_2, &KERAS_2),
        parity.imports(&TFJS, &KERAS_2),
        parity.exports(&parity.shipped()?),
        parity.hard().and_then(|hard| parity.exports(&hard)),
    ];
    let problems: Vec<String> =
        done.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    match problems.is_empty() {
        true => Ok(()),
        false => bail!("{}", problems.join("; ")),
    }
}

impl Parity {
    /// Models that a framework makes now, imported, and compared with its own numbers by the script of `judge`.
    fn imports(&self, maker: &Maker, judge: &Maker) -> Result<()> {
        let made = self.folder.join("made");
        let mut make = match maker.script.ends_with(".py") {
            true => self.script(maker, "fixtures"),
            false => {
                let mut node = Command::new("node");
                node.arg(maker.script).arg(TENSORFLOW_JS.folder()?);
                node
            }
        };
        step(&format!("making models with {}", maker.script), make.arg(&made))?;
        let reference = made.join(maker.reference);
        let described: serde_json::Value = serde_json::from_slice(&fs::read(&reference)?)?;
        let named = || format!("{} has no", maker.reference);
        let text = described["text"].as_str().with_context(|| named() + " text")?;
        let models = described["log_probabilities"].as_object().with_context(|| named() + " models")?;
        let mut wrong = Vec::new();
        for name in models.keys() {
            let compared = self.import(&made.join(name), text).and_then(|logits| {
                let mut compare = self.script(judge, "compare");
                step(&format!("comparing {name}"), compare.arg(&reference).arg(name).arg(logits))
            });
            if let Err(error) = compared {
                println!("  {error:#}");
                wrong.push(name.as_str());
            }
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => bail!("imported models differ: {}", wrong.join(", ")),
        }
    }

    /// Imports a model that was made, and returns the file with our logits.
    fn import(&self, model: &Path, text: &str) -> Result<PathBuf> {
        let vocab = root()?.join("exchange/fixtures/vocabulary.json");
        let weights = self.folder.join("imported.safetensors");
        let mut import = Command::new(built("scriptorium")?);
        import.arg("import").arg(model).arg("--vocab").arg(vocab).arg("--out").arg(&weights).arg("--force");
        if model.ends_with(HARD_WEIGHTS) {
            import.args(["--gates", "hard-sigmoid"]);
        }
        step(&format!("importing {}", model.display()), &mut import)?;
        self.logits(&weights, text)
    }

    /// A shipped model.
    fn shipped(&self) -> Result<Exported> {
        let text = "\n\nQUARK: I never said that, did I?\nODO: You did not have to. (He leaves)\n";
        Ok(Exported { weights: root()?.join("weights/notebook.safetensors"), text, kinds: &KINDS })
    }

    /// One with hard gates, which PyTorch does not have.
    fn hard(&self) -> Result<Exported> {
        let (fixtures, weights) =
            (root()?.join("exchange/fixtures/hard"), self.folder.join("hard.safetensors"));
        let mut import = Command::new(built("scriptorium")?);
        import.arg("import").arg(fixtures.join("weights-keras-2.1.5.h5")).arg("--force");
        import.arg("--vocab").arg(fixtures.join("char_indices.json")).arg("--out").arg(&weights);
        step("importing a model with hard gates", &mut import)?;
        Ok(Exported { weights, text: "to be, or not to be: that is the question.\n", kinds: &KINDS[..3] })
    }

    /// A model, exported.
    fn exports(&self, model: &Exported) -> Result<()> {
        let folder = self.folder.join("exported");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for (kind, name) in model.kinds {
            let mut export = Command::new(built("scriptorium")?);
            export.arg("export").arg("--weights").arg(&model.weights).args(["--to", kind]).arg("--out");
            step(&format!("exporting to {kind}"), export.arg(folder.join(name)))?;
        }
        let logits = self.logits(&model.weights, model.text)?;
        for judge in [&PARITY, &KERAS_2] {
            let mut check = self.script(judge, "check");
            step("comparing exported models", check.arg(&folder).arg(&logits))?;
        }
        Ok(())
    }

    /// A file with our logits of a text.
    fn logits(&self, weights: &Path, text: &str) -> Result<PathBuf> {
        let path = self.folder.join("logits.json");
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut logits = Command::new(built("examples/logits")?);
        logits.arg(weights).arg(text);
        step("computing our logits", logits.stdout(file))?;
        Ok(path)
    }

    fn script(&self, maker: &Maker, task: &str) -> Command {
        let mut script = Command::new(&self.python);
        script.arg(maker.script).arg(task);
        script
    }
}
