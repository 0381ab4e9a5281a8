//! Whether Keras, PyTorch and onnxruntime compute what we do: models of theirs go through `scriptorium import`, and a
//! shipped one through `scriptorium export`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    paths::{built, root, target},
    peers,
    requirement::Installing,
    run::{cargo, step},
};

/// The script that talks to the frameworks.
const SCRIPT: &str = "exchange/parity/parity.py";
/// The model that is exported, and a text that it knows all characters of.
const SHIPPED: &str = "weights/notebook.safetensors";
const TEXT: &str = "\n\nQUARK: I never said that, did I?\nODO: You did not have to. (He leaves)\n";
/// What it is exported to, and the file's name that the script knows.
const EXPORTS: [(&str, &str); 3] =
    [("keras", "model.keras"), ("pytorch", "model.pytorch.safetensors"), ("onnx", "model.onnx")];

/// Where everything that is made here lies.
struct Parity {
    python: PathBuf,
    folder: PathBuf,
}

/// Installs the frameworks if they are missing, and compares in both directions.
pub(crate) fn parity(installing: Installing) -> Result<()> {
    let python = peers::ensure(&peers::EXCHANGE, installing)?;
    // As everything native is built: other features would build burn once more.
    let build = ["build", "--release", "--workspace", "--all-targets"];
    step("building the command line (cold about 15 minutes)", cargo().args(build))?;
    let folder = target()?.join("parity");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let parity = Parity { python, folder };
    let imported = parity.imports();
    let exported = parity.exports();
    match (imported, exported) {
        (Ok(()), Ok(())) => Ok(()),
        (Err(error), Ok(())) | (Ok(()), Err(error)) => Err(error),
        (Err(first), Err(second)) => bail!("{first:#}; {second:#}"),
    }
}

impl Parity {
    /// Models that the frameworks make now, imported.
    fn imports(&self) -> Result<()> {
        let made = self.folder.join("made");
        step("making models with Keras and PyTorch", self.script("fixtures").arg(&made))?;
        let reference = made.join("reference.json");
        let described: serde_json::Value = serde_json::from_slice(&fs::read(&reference)?)?;
        let text = described["text"].as_str().context("reference.json has no text")?;
        let models = described["log_probabilities"].as_object().context("reference.json has no models")?;
        let mut wrong = Vec::new();
        for name in models.keys() {
            let compared = self.import(name, &made, text).and_then(|logits| {
                let mut compare = self.script("compare");
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
    fn import(&self, name: &str, made: &Path, text: &str) -> Result<PathBuf> {
        let (model, vocab) = (made.join(name), made.join("vocabulary.json"));
        let weights = self.folder.join("imported.safetensors");
        let mut import = Command::new(built("scriptorium")?);
        import.arg("import").arg(model).arg("--vocab").arg(vocab).arg("--out").arg(&weights).arg("--force");
        step(&format!("importing {name}"), &mut import)?;
        self.logits(&weights, text)
    }

    /// A shipped model, exported.
    fn exports(&self) -> Result<()> {
        let weights = root()?.join(SHIPPED);
        for (kind, name) in EXPORTS {
            let mut export = Command::new(built("scriptorium")?);
            export.arg("export").arg("--weights").arg(&weights).args(["--to", kind, "--force"]).arg("--out");
            step(&format!("exporting to {kind}"), export.arg(self.folder.join(name)))?;
        }
        let logits = self.logits(&weights, TEXT)?;
        step("comparing exported models", self.script("check").arg(&self.folder).arg(logits))
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

    fn script(&self, task: &str) -> Command {
        let mut script = Command::new(&self.python);
        script.arg(SCRIPT).arg(task);
        script
    }
}
