#![doc = include_str!("../README.md")]

mod call;
mod error;
mod fragments;
mod groups;
mod part;
mod scan;
mod text;
mod uses;

pub use error::FragmentError;
pub use fragments::{Fragments, FragmentsBuilder, fragments};
