//! CPU time.

use std::fs::{read_dir, read_to_string};

/// CPU seconds that this process's living threads have used (Linux; elsewhere not known).
pub(crate) fn cpu_seconds() -> Option<f64> {
    // Not /proc/self/stat: that counts in ticks of 10 ms, which is a training step.
    let nanoseconds = read_dir("/proc/self/task").ok()?.flatten().map(|task| {
        let schedule = read_to_string(task.path().join("schedstat")).ok()?;
        schedule.split_whitespace().next()?.parse::<f64>().ok()
    });
    Some(nanoseconds.sum::<Option<f64>>()? / 1e9)
}
