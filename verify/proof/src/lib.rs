//! Checkers of gcache's promises, from the outside: they use the library as a program does.
//!
//! - [`oracle`]: random programs, each answer judged; finds a broken rule by its seed and shortens it.
//! - [`history`]: threads and tasks under load, and the log of what they saw.
//! - [`stealing`]: graphs of calls on pools whose workers take up other work; nobody hangs.
//! - [`leavers`]: writers that are dropped in the middle, a database that goes on, and readers.

#![recursion_limit = "256"]

pub mod history;
pub mod leavers;
pub mod oracle;
pub mod stealing;
