//! What generated code names, and nothing else.

pub use crate::bump::{Bump, Bumped};
pub use crate::call::{Begun, Call};
pub use crate::change::{Change, Insert, OnLeaving};
pub use crate::config::weight;
pub use crate::depend::depends_on;
pub use crate::family::AnyFamily;
pub use crate::generation::Basis;
pub use crate::group::{Group, Groups, Member, NoKey, Tag, Whole, invalidate, invalidate_all};
pub use crate::index::{By, Index, Indexed, Known, Narrower, indexes};
pub use crate::key::{Given, GivenValue, IntoKey, part};
pub use crate::ledger::Ledger;
pub use crate::model::{Invalidates, KeyOf, Row};
pub use crate::rows::Rows;
pub use crate::shape::{PlainReturn, ReturnOf, Shape, Value, shaped};
pub use crate::site::Site;
