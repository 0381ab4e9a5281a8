//! What the processes of a browser take: memory and time.

use std::fs;

/// Ticks of a second in the system's figures (Linux has 100 of them for every program that asks).
const TICKS: f64 = 100.0;

/// Resident memory of the page processes below the process `browser`, in bytes; `None` if the system does not tell.
pub(crate) fn memory_of_pages(browser: u32) -> Option<u64> {
    let pages = all_below(browser)?.filter(|&process| is_page(process));
    let kilobytes: u64 = pages.filter_map(|process| status(process, "VmRSS:")).sum();
    (kilobytes > 0).then_some(kilobytes * 1024)
}

/// CPU seconds that the processes from `browser` downwards have used, those that have ended left out; `None` if the system
/// does not tell.
pub(crate) fn cpu_seconds(browser: u32) -> Option<f64> {
    let ticks: u64 = all_below(browser)?.filter_map(ticks).sum();
    (ticks > 0).then(|| ticks as f64 / TICKS)
}

/// The process and all that it has started, and they.
fn all_below(browser: u32) -> Option<impl Iterator<Item = u32>> {
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    Some(processes.filter(move |&process| is_below(process, browser)))
}

/// Ticks that a process has spent, for itself and in the system for it (proc(5), `stat`, fields 14 and 15).
fn ticks(process: u32) -> Option<u64> {
    let stat = text(process, "stat")?;
    // Its name, which may hold anything, ends with the last bracket and is the second field.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// Whether a process is there and has not ended.
pub(crate) fn is_running(process: u32) -> bool {
    text(process, "status").is_some_and(|status| !status.contains("State:\tZ"))
}

fn is_page(process: u32) -> bool {
    text(process, "cmdline").is_some_and(|line| line.contains("--type=renderer"))
}

fn is_below(process: u32, ancestor: u32) -> bool {
    let mut above = Some(process);
    while let Some(process) = above.filter(|process| *process > 1) {
        if process == ancestor {
            return true;
        }
        above = status(process, "PPid:").and_then(|parent| parent.try_into().ok());
    }
    false
}

/// A number from a process's status.
fn status(process: u32, name: &str) -> Option<u64> {
    let status = text(process, "status")?;
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

fn text(process: u32, file: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{process}/{file}")).ok()
}
