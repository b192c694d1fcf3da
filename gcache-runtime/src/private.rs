//! What generated code names, and nothing else.
//!
//! `gcache` gives it a number, by which generated code names it. The number is raised with each release that changes
//! what stands here, so that macros of another release fail by it.

pub use crate::call::{Call, Lookup, Miss, boxed};
pub use crate::call_site::CallSite;
pub use crate::config::{Patience, collect_rows, of_both, of_one, of_value, weight};
pub use crate::generations::{DependencySet, ErasedKeyed};
pub use crate::groups::{
    By, Group, GroupNames, Groups, Index, IndexBy, Indexed, Invalidated, Invalidates, Invalidation,
    Member, ModelGenerations, Narrower, NoKey, Row, Rows, Tag, begin_change, begin_insert, by,
    by_parts, depends_on, finish_change, finish_insert, indexes, invalidate, invalidate_all,
    invalidate_row, member, member_of_parts, model_generations, on_leaving, on_leaving_row, watch,
    whole,
};
pub use crate::key::{IntoKey, given, part};
pub use crate::returns::{checked, of, store_ok};
