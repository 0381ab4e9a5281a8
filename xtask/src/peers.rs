//! The programs that training is measured against and models are exchanged with, in a Python environment of their own:
//! in the user's cache, installed when asked for and once a machine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    paths::cache,
    requirement::{Installing, report_missing},
    run::{first_line, step},
};

/// Pythons that all the packages below come for, the likeliest to have them first.
const PYTHONS: [&str; 5] = ["python3.11", "python3.12", "python3.13", "python3", "python"];

/// Packages of which the one needs the other.
pub(crate) struct Group {
    name: &'static str,
    packages: &'static [&'static str],
    /// Whether `packages` is all that is needed, so that pip is not to add what they ask for.
    complete: bool,
    takes: &'static str,
}

const NUMPY: &str = "numpy==2.4.6";
const TENSORFLOW: &str = if cfg!(all(target_arch = "x86_64", not(target_os = "macos"))) {
    "tensorflow-cpu==2.21.0"
} else {
    "tensorflow==2.21.0"
};

/// PyTorch as it is for the CPU alone.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
const TORCH: Group = Group {
    name: "PyTorch",
    packages: &["torch==2.15.0", NUMPY],
    complete: false,
    takes: "about 0.2 GB to fetch",
};

/// PyTorch for Linux is on PyPI with CUDA only, and does not start without the libraries it is linked with. This
/// is those, without the compiler and the tools that it would bring along.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const TORCH: Group = Group {
    name: "PyTorch",
    packages: &[
        "torch==2.15.0",
        NUMPY,
        "filelock==4.2.12",
        "fsspec==2026.9.0",
        "jinja2==3.1.6",
        "markupsafe==3.0.4",
        "mpmath==1.3.0",
        "networkx==3.6.1",
        "setuptools==84.2.1",
        "sympy==1.14.0",
        "typing_extensions==4.16.0",
        "nvidia-cublas==13.4.1.3",
        "nvidia-cuda-cupti==13.2.86",
        "nvidia-cuda-nvrtc==13.2.86",
        "nvidia-cuda-runtime==13.2.86",
        "nvidia-cudnn-cu13==9.26.0.51",
        "nvidia-cufft==12.2.0.57",
        "nvidia-cufile==1.17.1.22",
        "nvidia-cusparse==12.7.10.12",
        "nvidia-cusparselt-cu13==0.8.1",
        "nvidia-nccl-cu13==2.30.7",
        "nvidia-nvjitlink==13.5.37",
        "nvidia-nvshmem-cu13==3.7.2",
    ],
    complete: true,
    takes: "2.5 GB to fetch, 4 GB on disk",
};

const KERAS: Group = Group {
    name: "Keras on TensorFlow",
    packages: &[TENSORFLOW, "keras==3.15.1", NUMPY],
    complete: false,
    takes: "0.35 GB to fetch, 1.3 GB on disk",
};

/// Keras 2, which goes on beside Keras 3.
const KERAS_2: Group = Group {
    name: "Keras 2",
    packages: &["tf_keras==2.21.0", TENSORFLOW, NUMPY],
    complete: false,
    takes: "2 MB to fetch",
};

const JAX: Group = Group {
    name: "JAX",
    packages: &["jax==0.10.2", "jaxlib==0.10.2", NUMPY],
    complete: false,
    takes: "0.15 GB to fetch, 0.4 GB on disk",
};

/// What model files need besides: h5py in a version that TensorFlow bears.
const FILES: Group = Group {
    name: "ONNX",
    packages: &["onnx==1.23.2", "onnxruntime==1.32.0", "safetensors==0.8.0", "h5py==3.14.0", NUMPY],
    complete: false,
    takes: "50 MB to fetch, 0.2 GB on disk",
};

/// Those that train.
pub(crate) const TRAINING: [Group; 3] = [KERAS, JAX, TORCH];
/// Those that models come from and go to.
pub(crate) const EXCHANGE: [Group; 4] = [KERAS, KERAS_2, TORCH, FILES];

/// The Python that has the peers, installed if they are missing; says which cannot be had, and why.
///
/// # Errors
/// If there is no Python to install them for; if one is missing and installing is forbidden.
pub(crate) fn ensure(groups: &[Group], installing: Installing) -> Result<PathBuf> {
    let folder = cache()?.join("peers");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let has_pip = first_line(Command::new(&python).args(["-m", "pip", "--version"])).is_some();
    if installing == Installing::Forbidden {
        let missing = groups.iter().filter(|group| !has_pip || !group.is_installed(&folder));
        let lines: Vec<String> = missing.map(|group| group.missing(&folder)).collect();
        report_missing(&lines)?;
    }
    if !has_pip {
        make_environment(&folder)?;
    }
    for group in groups.iter().filter(|group| !group.is_installed(&folder)) {
        if let Err(error) = group.install(&python, &folder) {
            let name = group.name;
            println!("  {name} is left out: {error:#}; look at what pip said above, and run this again");
        }
    }
    Ok(python)
}

fn make_environment(folder: &Path) -> Result<()> {
    let Some(found) = PYTHONS.iter().find(|name| is_right(name)) else {
        bail!("no Python from 3.11 to 3.13 was found; install one, with venv (Debian: python3-venv)");
    };
    let mut venv = Command::new(found);
    step("making a Python environment for the peers", venv.args(["-m", "venv", "--clear"]).arg(folder))
}

/// Whether a Python is one that the packages come for.
fn is_right(name: &str) -> bool {
    let ask = "import sys, venv; print((3, 11) <= sys.version_info < (3, 14))";
    first_line(Command::new(name).args(["-c", ask])).is_some_and(|answer| answer == "True")
}

impl Group {
    /// The file that says which packages pip has installed to the end, so that a new pin is installed and nothing else is
    /// asked again.
    fn note(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.installed", self.name))
    }

    fn is_installed(&self, folder: &Path) -> bool {
        fs::read_to_string(self.note(folder)).is_ok_and(|installed| installed == self.packages.join("\n"))
    }

    /// A line that says that it is missing, and how to install it.
    fn missing(&self, folder: &Path) -> String {
        let packages = self.packages.join(" ");
        format!(
            "\n  {} is missing: without --no-install, this installs {packages} with pip into {}",
            self.name,
            folder.display()
        )
    }

    fn install(&self, python: &Path, folder: &Path) -> Result<()> {
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--only-binary", ":all:"])
            // Fetched once, so that a second copy in pip's cache is of no use.
            .args(["--no-cache-dir", "--no-compile"])
            .args(self.complete.then_some("--no-deps"))
            .args(self.packages);
        step(&format!("installing {} ({}, once a machine)", self.name, self.takes), &mut pip)?;
        let note = self.note(folder);
        fs::write(&note, self.packages.join("\n")).with_context(|| format!("cannot write {}", note.display()))
    }
}
