//! Groups: what invalidates what.
//!
//! A group is what values depend on and changes touch: a model, one member of it, the members with one value of an
//! index, or a tag. This room names groups, collects their live generations into a
//! [`DependencySet`](crate::generations::DependencySet), and decides which generations a change ends:
//! [`invalidate`].
//!
//! Invariants:
//!
//! 1. When gcache cannot prove that an entry is unaffected by a change, it invalidates the entry: see
//!    [`ModelGenerations`].
//! 2. A key that panics while it is invalidated leaves no other group alive, and takes its whole model along.
//! 3. Inside of a transaction every invalidation is deferred until the commit.
//!
//! Files in reading order: `group` (groups by value), `invalidation` (one invalidation, done or deferred),
//! `model_generations` and `index` (the rule), `model` (rows), `guard` (guards around functions that change rows),
//! `containers` (groups and rows in containers), `list` (groups listed at run time), `of_key`
//! (groups of a value that is invalidated by its memo's key, too), `optional` (groups whose keys may be missing), `table`
//! (the table of a group).

mod containers;
mod group;
mod guard;
mod index;
mod invalidation;
mod list;
mod model;
mod model_generations;
mod of_key;
mod optional;
mod table;
#[cfg(all(test, not(gcache_model)))]
mod tests;

pub use containers::Rows;
pub use group::{
    DependsOn, Group, Groups, Member, NoKey, Tag, Visitor, Whole, depends_on, expires_within,
    invalidate, invalidate_tag, member, tag, whole,
};
pub(crate) use guard::Body;
pub use guard::Guard;
pub use index::{By, Index, IndexBy, Indexed, NotIndexed, by_index};
pub use invalidation::Invalidated;
pub(crate) use invalidation::Invalidation;
pub use list::{GroupList, GroupNames};
pub use model::{Edit, Invalidates, Row};
pub use model_generations::ModelGenerations;
pub(crate) use of_key::{OfKey, invalidate_key};
pub use optional::{OptionalPart, optional_by_index, optional_member};
pub use table::{Column, Table};
