#![doc = include_str!("../README.md")]

mod answer;
mod savepoint;
mod transaction;
mod tx;
mod write;

pub use savepoint::{UnknownTransaction, savepoint};
pub use transaction::{begin, begin_with, transaction, transaction_with};
pub use tx::Tx;
pub use write::write;
