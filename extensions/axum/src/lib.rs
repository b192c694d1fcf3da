#![doc = include_str!("../README.md")]

mod against;
mod builder;
mod collect;
mod conditional;
mod cookies;
mod fenced;
mod not_stored;
mod notes;
mod page;
mod pages;
mod pass;
mod receipts;
mod reduce;
mod route;
mod rules;
mod service;
mod transactions;
mod vary;

pub use against::PathParams;
pub use builder::{PagesBuilder, pages};
pub use conditional::{Conditional, ConditionalService, conditional};
pub use fenced::{Fenced, FencedService, fenced};
pub use gcache::{GroupList, Source, by_index, finish, member, tag, whole};
pub use not_stored::NotStored;
pub use page::{Page, Unstorable};
pub use pages::Pages;
pub use service::PagesService;
pub use transactions::{RolledBack, Transactions, TransactionsService, transactions};

/// The pages of `docs/` whose code is compiled and run here, since they need a server's crates.
#[cfg(doctest)]
mod docs {
    #![doc = include_str!("../docs/dropped-requests.md")]
    #![doc = include_str!("../docs/recipes-axum.md")]
}
