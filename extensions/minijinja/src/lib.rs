#![doc = include_str!("../README.md")]

// A file uses only files that stand above it in this list.

mod part;

mod groups;

mod scan;

mod uses;

mod text;

mod fragments;

mod call;

pub use fragments::{Fragments, FragmentsBuilder, fragments};
