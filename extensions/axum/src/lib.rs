#![doc = include_str!("../README.md")]

// A file uses only files that stand above it in this list.

mod reason;
mod rules;

mod collect;
mod page;

mod head;

mod conditional;

mod against;
mod host;

mod cookies;
mod route;

mod pass;
mod vary;

mod caught;
mod notes;
mod reduce;

mod pages;
mod service;

mod transactions;

pub use against::PathParams;
pub use conditional::{Conditional, ConditionalService, conditional};
pub use gcache::{GroupList, Source, by_index, finish, member, tag, whole};
pub use page::{Page, Unstorable};
pub use pages::{Pages, PagesBuilder, pages};
pub use reason::Reason;
pub use service::PagesService;
pub use transactions::{RolledBack, Transactions, TransactionsService, transactions};

/// The pages of `docs/` whose code is compiled and run here, since they need a server's crates.
#[cfg(doctest)]
mod docs {
    #![doc = include_str!("../../../docs/dropped-requests.md")]
    #![doc = include_str!("../../../docs/recipes-axum.md")]
}
