//! Generations: what lives.
//!
//! A generation is one life of a group. Entries hold it, and are valid while it is alive. This room keeps the live
//! generation of each group, ends it, and collects the generations under which a value is computed. It knows
//! nothing of models: `groups` decides which generations a change ends.
//!
//! Invariants:
//!
//! 1. A generation ends once and never comes back: the next user of its group begins another.
//! 2. A generation that anything refers to is flagged as ended before it leaves its table or cell, and an ended one is
//!    never handed out. So while an entry holds a live generation, an invalidation of its group finds it.
//! 3. An invalidation writes its timestamp, and its doubt, before it looks for the generation. A late dependency takes
//!    the generation before it looks at either. One of them sees the other.
//! 4. The epoch advances after the generations have ended. While it stands still, what was valid is valid.
//!
//! Files in reading order: `generation` (one life, and the epoch), `dependencies` (what a value depends on), `node` (as
//! values made of it share it), `cells` (where groups keep their live generation), `table` (live generations by key),
//! `dependency_set` (what a computation depends on, as it is collected), `deadline` and `doubt` (limits in time),
//! `pending` (invalidations that a transaction defers), `backlog` (how many ended entries a sweep may find).

mod backlog;
mod cells;
mod deadline;
mod dependencies;
mod dependency_set;
mod doubt;
mod generation;
mod keys;
mod node;
mod pending;
mod table;
#[cfg(all(test, not(gcache_model)))]
mod tests;

#[cfg(all(gcache_model, test))]
pub(crate) use backlog::begin_execution;
pub(crate) use backlog::{
    ended_entries, is_any_uncounted, is_any_unswept, note_all_swept, note_entry_freed,
    unswept_entries,
};
pub use cells::ErasedKeyed;
pub(crate) use cells::{GenerationCell, KeyedGenerations};
pub(crate) use deadline::Deadline;
pub(crate) use dependencies::Dependencies;
pub(crate) use dependency_set::DependencySet;
#[cfg(all(gcache_model, test))]
pub(crate) use doubt::forget_all as forget_all_doubts;
pub use doubt::set_doubt;
pub(crate) use doubt::{InvalidatedAt, note_deadlines_until, notice_end_of_doubts};
pub(crate) use generation::{AnyGeneration, GroupId, advance_epoch, epoch};
#[cfg(all(gcache_model, test))]
pub(crate) use generation::{ChangeCount, Generation};
pub(crate) use keys::ErasedKey;
pub use keys::Key;
pub(crate) use node::{Generations, Node};
pub(crate) use pending::{Pending, PendingInvalidations};
#[cfg(all(gcache_model, test))]
pub(crate) use table::GenerationTable;
