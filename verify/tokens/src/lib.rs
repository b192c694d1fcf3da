//! Arbitrary tokens for the macros of gcache: each input ends in tokens or in a `compile_error!`, never
//! in a panic or a hang.
//!
//! ```text
//! cargo run --release -p gcache-tokens -- --seconds 60
//! ```
//!
//! Inputs are made in four ways ([`Kind`]), of which each is a function of a number, so that a failure
//! is found again by its number. What is expected of an expansion is in [`judge()`].
//!
//! Depth is bounded here: `syn` parses recursively, on the stack that the compiler gives to a macro. A
//! hundred levels of anything fit, and a test says so; several hundred do not, for any macro that uses it.

// The macros themselves, compiled as a library.
#[path = "../../../gcache-macros/src/cached/mod.rs"]
mod cached;
#[path = "../../../gcache-macros/src/declare.rs"]
mod declare;
#[path = "../../../gcache-macros/src/declared.rs"]
mod declared;
#[path = "../../../gcache-macros/src/depends.rs"]
mod depends;
#[path = "../../../gcache-macros/src/derive/mod.rs"]
mod derive;
#[path = "../../../gcache-macros/src/errors.rs"]
mod errors;
#[path = "../../../gcache-macros/src/function.rs"]
mod function;
#[path = "../../../gcache-macros/src/future.rs"]
mod future;
#[path = "../../../gcache-macros/src/group.rs"]
mod group;
#[path = "../../../gcache-macros/src/group_value.rs"]
mod group_value;
#[path = "../../../gcache-macros/src/helpers.rs"]
mod helpers;
#[path = "../../../gcache-macros/src/list.rs"]
mod list;
#[path = "../../../gcache-macros/src/mutation/mod.rs"]
mod mutation;
#[path = "../../../gcache-macros/src/place.rs"]
mod place;
#[path = "../../../gcache-macros/src/receiver.rs"]
mod receiver;
#[path = "../../../gcache-macros/src/renamed.rs"]
mod renamed;
#[path = "../../../gcache-macros/src/sharing.rs"]
mod sharing;

mod case;
mod corpus;
mod generate;
mod grammar;
mod judge;
mod mutate;
mod random;
mod run;
mod shrink;
mod subject;
mod tree;

pub use case::Case;
pub use corpus::{cases, corpus, corpus_directory, sources};
pub use generate::{Generator, Kind};
pub use judge::{Fault, Verdict, expansion, judge, judge_sound, quietly};
pub use run::{Find, Judge, Outcome, Settings, Tally, judge_kind, run};
pub use shrink::shrink;
pub use subject::Subject;
pub use tree::Token;
