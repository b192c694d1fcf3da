//! Groups: what ends what.

pub(crate) mod change;
pub(crate) mod containers;
pub(crate) mod depend;
pub(crate) mod group;
pub(crate) mod index;
pub(crate) mod model;
pub(crate) mod names;
pub(crate) mod rows;
pub(crate) mod watch;
