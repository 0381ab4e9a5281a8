//! `cargo xtask bench memory`: how much memory a training holds, by the size of its text. The program reads a text of
//! 1 MB and one of 1 GB, trains a little, and is told to stop.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use model::uniform;

/// Sizes of the texts in megabytes.
const SIZES: [usize; 3] = [1, 100, 1000];
const MEGABYTE: usize = 1_000_000;
/// Time to train after the run has begun.
const TRAIN: Duration = Duration::from_secs(5);

fn main() -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "this measurement reads /proc; run it on Linux");
    let folder = tempfile::tempdir()?;
    println!("text     most memory  times the text  seconds until the first step");
    for size in SIZES {
        let text = folder.path().join("text.txt");
        write_text(&text, size * MEGABYTE)?;
        let run = folder.path().join(format!("run-{size}"));
        let mut child = Command::new(tests::scriptorium()?)
            .args(["train", "--device", "cpu", "--quiet", "--save-secs", "1", "--corpus"])
            .arg(&text)
            .arg("--out")
            .arg(&run)
            .stdout(Stdio::null())
            .spawn()?;
        let begun = Instant::now();
        let measured = watch(&mut child, &run, begun);
        child.kill()?;
        child.wait()?;
        let (bytes, secs) = measured?;
        let (megabytes, times) = (bytes / MEGABYTE, bytes as f64 / (size * MEGABYTE) as f64);
        println!("{size:4} MB  {megabytes:8} MB  {times:14.2}  {secs:.1}");
    }
    Ok(())
}

/// The most memory the program has held a while after it began to train, and the seconds until it did.
fn watch(child: &mut Child, run: &Path, begun: Instant) -> Result<(usize, f64)> {
    while !run.join("last.checkpoint").exists() {
        ensure!(child.try_wait()?.is_none(), "the training ended before it began");
        std::thread::sleep(Duration::from_millis(50));
    }
    let secs = begun.elapsed().as_secs_f64();
    std::thread::sleep(TRAIN);
    Ok((most_memory(child.id())?, secs))
}

/// The largest resident size a process has had, in bytes.
fn most_memory(process: u32) -> Result<usize> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no VmHWM")?;
    Ok(kilobytes.trim().parse::<usize>()? * 1024)
}

/// A text of words without sense.
fn write_text(path: &Path, bytes: usize) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut line = Vec::new();
    let (mut written, mut number) = (0, 0);
    while written < bytes {
        line.clear();
        for letter in 0..60 {
            let place = (uniform(1, number, letter) * 28.0) as usize;
            line.push(b"abcdefghijklmnopqrstuvwxyz  "[place.min(27)]);
        }
        line.push(b'\n');
        file.write_all(&line)?;
        written += line.len();
        number += 1;
    }
    Ok(file.flush()?)
}
