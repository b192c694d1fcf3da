//! What generated code names, and nothing else.

pub use crate::basis::Basis;
pub use crate::bump::{Bump, Bumped};
pub use crate::call::{Begun, Call};
pub use crate::change::{begin_insert, end_insert, on_leaving, on_leaving_row};
pub use crate::config::{take_rows, weight};
pub use crate::depend::depends_on;
pub use crate::family::{AnyFamily, Key};
pub use crate::group::{
    Group, Groups, NoKey, Tag, invalidate, invalidate_all, ledger, member, member_of_parts, whole,
};
pub use crate::index::{Index, IndexBy, Indexed, Known, Narrower, by, by_parts, indexes};
pub use crate::key::{Given, GivenValue, IntoKey, part};
pub use crate::ledger::Ledger;
pub use crate::model::{Invalidates, KeyOf, Row, begin_change, end_change};
pub use crate::rows::Rows;
pub use crate::shape::{PlainReturn, ReturnOf, Shape, Value, checked};
pub use crate::site::Site;
pub use crate::watch::watch;
