//! What generated code names, and nothing else.

pub use crate::bump::{Bump, Bumped};
pub use crate::call::{Begun, Call};
pub use crate::config::weight;
pub use crate::family::{AnyFamily, Family};
pub use crate::generation::Basis;
pub use crate::group::{
    Group, Groups, Invalidates, Member, NoKey, Tag, Whole, invalidate_all, invalidate_member,
};
pub use crate::key::{Given, GivenValue, IntoKey, part};
pub use crate::ledger::Ledger;
pub use crate::shape::{PlainReturn, ReturnOf, Shape, Value, shaped};
pub use crate::site::Site;
