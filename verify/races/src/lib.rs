//! Three races between an invalidation and a computation, staged for gcache and for other caching
//! libraries.
//!
//! A file uses only files that stand above it in this list.

mod world;

mod contestant;

pub mod contestants;

mod stage;

mod version;

mod table;

pub use contestant::Contestant;
pub use stage::{Outcome, race};
pub use table::table;
pub use world::{compute, write};
