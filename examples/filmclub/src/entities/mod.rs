//! What the club keeps: films, their directors, and what members think of them.
#![allow(
    unused_qualifications,
    unreachable_pub,
    missing_docs,
    reason = "SeaORM's derives have them"
)]

pub(crate) mod director;
pub(crate) mod film;
pub(crate) mod rating;
