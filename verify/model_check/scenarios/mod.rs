//! The scenarios: two or three threads each, and the promise that they keep.

mod committed;
mod doubts;
mod fresh;
mod generations;
mod once;
mod patience;
mod publication;
mod sweep;
mod through;
mod trust;
mod unambiguous;
mod window;
