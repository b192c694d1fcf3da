//! The film club: a small web application on gcache, with axum, SeaORM on SQLite, and templates.
//!
//! Pages are cached in two ways, parts of them in a third; the footer of each says whether it was cached
//! and how many SQL statements it took. `README.md` says how each page is cached. The caches belong to
//! the process, so a process has one club.

mod work;

mod entities;

mod catalogue;
mod database;

mod views;

mod error;

mod forms;
mod pages;

mod app;

pub use app::app;
pub use catalogue::fill;
pub use database::connect;
