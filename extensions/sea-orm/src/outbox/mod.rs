//! The outbox: invalidations that are written to the database with the change itself.
//!
//! Other processes are told of an invalidation after the commit. A process that is killed between the two has told
//! nobody, and what they have cached stays as it was. With an outbox, [`transaction`](crate::transaction) writes the groups that it
//! has invalidated into the table `gcache_outbox`, in the same database transaction, and deletes the row once the others
//! can hear of it. So what is in the table after a crash has to be told: [`open`] and [`replay`] do, in any process.
//! Where a process that is killed may be the last one to start, call [`replay`] from a timer too.
//!
//! ```
//! # use sea_orm::{Database, DbErr};
//! # #[cfg(not(feature = "outbox"))]
//! # fn main() {}
//! # #[cfg(feature = "outbox")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let db = Database::connect("sqlite::memory:").await?;
//! // The link first: `gcache_redis::connect(..).start()?`. Then, at the start of each process:
//! gcache_sea_orm::outbox::open(&db).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Plain SQL
//!
//! Whatever else changes rows can write such a row itself: another program, a trigger, a migration. It is told the
//! next time that some process replays, so call [`replay`] from a timer too. Each row has a text that no other has, and a
//! JSON array of [groups](gcache::link::NamedGroup):
//!
//! ```sql
//! BEGIN;
//! UPDATE book SET title = 'A Wizard of Earthsea' WHERE id = 7;
//! INSERT INTO gcache_outbox (id, invalidated)
//!     VALUES ('8c1f6a1e-migration-12', '[["shop.book", "*"]]');
//! COMMIT;
//! ```
//!
//! `["shop.book", "*"]` is all of the model. A program that knows the model's indexes names less:
//! `[["shop.book"], ["shop.book", "key", 7], ["shop.book", "author", 3]]` is book 7 by author 3, and whatever depends on
//! all books. What is no such array invalidates everything.
//!
//! # What it costs
//!
//! One `INSERT` for each transaction that invalidates something, and one `DELETE` for those that were told since the last
//! one. Without a link there is nobody to tell, and it costs nothing.
//!
//! # What it does not hold
//!
//! - A save through a pool, outside of [`transaction`](crate::transaction), is a database transaction of one statement, so there is
//!   no place for a row. Where a crash must lose nothing, save in a transaction.
//! - Once a process has an outbox, each of its transactions writes there. One on a database without the table fails: open an
//!   outbox on that database, too.
//! - With SeaORM's `rbac` the row is written as the restricted user, so a role that changes anything needs `insert` on the
//!   resource `gcache_outbox`. Without it a transaction that invalidates something is rolled back, with `AccessDenied`.
//! - A transaction begun without gcache (`db.begin()`) knows nothing of it.

mod row;
#[cfg(feature = "outbox")]
mod table;
#[cfg(feature = "outbox")]
mod told;

pub(crate) use row::Row;
#[cfg(feature = "outbox")]
pub use table::{open, replay};
