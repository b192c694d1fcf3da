//! What the figures were measured on, and whether it was free.

#[cfg(target_os = "linux")]
use nix::sys::resource::{UsageWho, getrusage};
use std::fs::read_to_string;
use std::thread::available_parallelism;

/// One line: processor, cores, system, and how busy they were with other things.
pub(crate) fn describe() -> String {
    let processors = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("a processor without a name", |name| name.trim_start_matches([' ', '\t', ':']));
    let cores = cores();
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let load = match read_to_string("/proc/loadavg") {
        Ok(load) => format!("load {} before", load.split(' ').next().unwrap_or_default()),
        Err(_) => "load unknown".to_owned(),
    };
    format!("{processor}, {cores} cores, {os} on {arch}, {load}")
}

/// How many bytes of the process are in memory, where the system says so.
pub(crate) fn resident() -> Option<u64> {
    let status = read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

/// How often this thread had to leave its processor to another.
#[cfg(target_os = "linux")]
pub(crate) fn interruptions() -> i64 {
    getrusage(UsageWho::RUSAGE_THREAD).map_or(0, |usage| usage.involuntary_context_switches())
}

/// Elsewhere there is no count by thread: nothing is known to disturb.
#[cfg(not(target_os = "linux"))]
pub(crate) fn interruptions() -> i64 {
    0
}

/// How many threads run at the same time.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}
