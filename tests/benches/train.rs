//! `cargo xtask bench train`: complete training steps (forward, backward, Adam) at the notebook's shapes, batch 128,
//! time 20, hidden 128, vocab 78, in turns with burn's stock LSTM, and the LSTM's kernels beside the processor's
//! measured peak. With `--gpu` also on wgpu. With `--peers PYTHON` also Keras on TensorFlow, PyTorch and JAX.

#[path = "clock/cpu.rs"]
mod cpu;
#[path = "clock/median.rs"]
mod median;
mod peak;
mod training;

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use model::Vocab;
use tempfile::TempDir;
use training::{
    contender::Contender,
    peers::{self, PEERS},
    table, text, work,
};

/// Turns of every contender: enough for a median.
const ROUNDS: usize = 15;
/// The same on a GPU that may be software, where one step can take seconds.
const GPU_ROUNDS: usize = 9;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let arguments: Vec<OsString> = env::args_os().collect();
    let after = |flag: &str| arguments.iter().skip_while(|one| *one != flag).nth(1);
    let gpu = arguments.iter().any(|argument| argument == "--gpu");
    if let Some(kind) = after("--child") {
        return work::child(&kind.to_string_lossy(), gpu);
    }
    let folder = TempDir::new().context("cannot make a folder for the peers' text")?;
    let mut contenders = ours()?;
    if let Some(python) = after("--peers") {
        contenders.extend(others(Path::new(python), folder.path())?);
    }
    take_turns(&mut contenders, ROUNDS)?;
    if gpu {
        let mut on_gpu =
            vec![start(table::OURS_WGPU, work::OURS, 0)?, start(table::STOCK_WGPU, work::STOCK, 0)?];
        take_turns(&mut on_gpu, GPU_ROUNDS)?;
        contenders.extend(on_gpu);
    }
    table::print(&contenders);
    Ok(())
}

fn take_turns(contenders: &mut [Contender], rounds: usize) -> Result<()> {
    for _ in 0..rounds {
        contenders.iter_mut().try_for_each(Contender::turn)?;
    }
    Ok(())
}

/// Our own contenders on the CPU.
fn ours() -> Result<Vec<Contender>> {
    let both = [(table::OURS, work::OURS), (table::STOCK, work::STOCK)];
    let steps = both.iter().flat_map(|(name, kind)| [1, 2].map(|threads| (*name, *kind, threads)));
    let alone = [(table::KERNELS, work::KERNELS, 1), (table::PEAK, work::PEAK, 1)];
    steps.chain(alone).map(|(name, kind, threads)| start(name, kind, threads)).collect()
}

/// This program again, as a contender: the number of threads is a process's. On wgpu if `threads` is 0.
fn start(name: &str, kind: &str, threads: usize) -> Result<Contender> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["--child", kind]);
    match threads {
        0 => command.arg("--gpu"),
        _ => command.env("RAYON_NUM_THREADS", threads.to_string()),
    };
    Contender::start(name, threads, &mut command)
}

/// The peers that this Python has; says which it has not.
fn others(python: &Path, folder: &Path) -> Result<Vec<Contender>> {
    let text = text::corpus()?.text;
    let ids = Vocab::from_text(&text)?.encode(&text)?;
    let bytes: Vec<u8> = ids.iter().map(|&id| u8::try_from(id)).collect::<Result<_, _>>()?;
    let file: PathBuf = folder.join("ids");
    fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    let mut contenders = Vec::new();
    for (name, peer) in PEERS {
        for threads in [1, 2] {
            match Contender::start(name, threads, &mut peers::command(python, peer, threads, &file)) {
                Ok(contender) => {
                    println!("{name}: {}, {threads} thread(s)", contender.about);
                    contenders.push(contender);
                }
                Err(error) => {
                    println!("{error:#}");
                    break;
                }
            }
        }
    }
    Ok(contenders)
}
