//! What a program names most: `use gcache::prelude::*;`.
//!
//! With it `row.invalidate()` and `row.edit()` are found wherever a model is, not only where its derive
//! stands.
//!
//! ```
//! mod model {
//!     use gcache::prelude::*;
//!
//!     #[derive(Invalidates)]
//!     pub struct Book {
//!         pub id: u64,
//!     }
//! }
//!
//! mod service {
//!     use super::model::Book;
//!     use gcache::prelude::*;
//!
//!     #[cache_against(Book(id))]
//!     pub fn view_book(id: u64) -> String {
//!         format!("the page of book {id}")
//!     }
//!
//!     pub fn publish(book: &Book) {
//!         book.invalidate();
//!     }
//! }
//!
//! fn main() {
//!     service::view_book(7);
//!     service::publish(&model::Book { id: 7 });
//! }
//! ```

pub use crate::{Invalidates, Tag, Transaction, invalidate_tag};
#[cfg(feature = "macros")]
pub use crate::{cache_against, depends_on, group, invalidate, invalidates};
