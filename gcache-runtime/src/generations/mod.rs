//! Generations: what lives.

pub(crate) mod backlog;
pub(crate) mod cell;
pub(crate) mod deadline;
pub(crate) mod dependency_set;
pub(crate) mod doubt;
pub(crate) mod generation;
pub(crate) mod invalidation;
pub(crate) mod keyed;
pub(crate) mod model;
pub(crate) mod pending;
pub(crate) mod table;
