//! gcache
pub use gcache_macros::{Invalidates, cache_against, depends_on, group, invalidate, invalidates};
#[doc(hidden)]
pub use gcache_runtime::private as __private;
pub use gcache_runtime::*;
