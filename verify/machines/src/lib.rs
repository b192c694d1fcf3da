//! Checks what gcache promises of several machines.
//!
//! Three processes share groups through a server, each behind a proxy that misbehaves, or through a cluster or Sentinels
//! ([`stage`]), and a checker reads what they did ([`run`]). A thousand more are simulated, with the link's own state machine in each ([`simulation`]).

pub mod bars;
pub mod curves;
pub mod database;
pub mod faults;
pub mod history;
pub mod proxy;
pub mod record;
pub mod run;
pub mod server;
pub mod simulation;
pub mod stage;
pub mod worker;

/// How many groups there are.
pub const GROUPS: usize = 48;

/// Nanoseconds on the clock that all processes of the machine share.
pub fn now() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000
        + u64::try_from(time.tv_nsec).unwrap_or(0)
}
