//! gcache on several machines.

#[doc(hidden)]
pub mod machine;
#[doc(hidden)]
pub mod message;
