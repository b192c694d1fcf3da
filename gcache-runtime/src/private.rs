//! What generated code names, and nothing else.
//!
//! `gcache` gives it a number, by which generated code names it. The number is raised with each release that changes
//! what stands here, so that macros of another release fail by it.

pub use crate::call::{Call, Lookup};
pub use crate::call_async::{Turn, boxed};
pub use crate::call_site::CallSite;
pub use crate::config::{of_value, take_rows, weight};
pub use crate::generations::dependency_set::DependencySet;
pub use crate::generations::invalidation::{Invalidated, Invalidation};
pub use crate::generations::keyed::AnyKeyed;
pub use crate::generations::model::ModelGenerations;
pub use crate::groups::change::{begin_insert, end_insert, on_leaving, on_leaving_row};
pub use crate::groups::depend::depends_on;
pub use crate::groups::group::{
    Group, Groups, NoKey, Tag, invalidate, invalidate_all, ledger, member, member_of_parts, whole,
};
pub use crate::groups::index::{Index, IndexBy, Indexed, Known, Narrower, by, by_parts, indexes};
pub use crate::groups::model::{Invalidates, KeyOf, Row, begin_change, end_change};
pub use crate::groups::rows::Rows;
pub use crate::groups::watch::watch;
pub use crate::key::{IntoKey, given, part};
pub use crate::patience::Patience;
pub use crate::returns::{checked, of, store_ok};
