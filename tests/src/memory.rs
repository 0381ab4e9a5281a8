//! How much memory the pages of a browser take.

use std::fs;

/// Resident memory of the page processes below the process `browser`, in bytes; `None` if the system does not tell.
pub(crate) fn of_pages(browser: u32) -> Option<u64> {
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pages = processes.filter(|&process| is_page(process) && is_below(process, browser));
    let kilobytes: u64 = pages.filter_map(|process| status(process, "VmRSS:")).sum();
    (kilobytes > 0).then_some(kilobytes * 1024)
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
