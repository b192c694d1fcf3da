//! The tables of the club: films, their directors, and the ratings of members.
#![allow(
    unused_qualifications,
    unreachable_pub,
    missing_docs,
    reason = "SeaORM's derives have them"
)]

pub(crate) mod director;
pub(crate) mod film;
pub(crate) mod rating;
