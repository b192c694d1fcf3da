//! The options of a connection pool, by which pools are told apart.
//!
//! A pool of sqlx hands out its options as an `Arc`, which it shares with its clones and with no other pool.
//! Which drivers SeaORM is built with is the program's choice, and what SeaORM has for a driver is not there
//! without it. So each method of SeaORM's has a stand-in here, of a trait, by the same name: where SeaORM
//! has the method, that is called, since an inherent method comes before one of a trait.

use sea_orm::DatabaseConnection;
use std::any::Any;
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// Options whose address stands for a pool.
pub(crate) type Options = Arc<dyn Any + Send + Sync>;

/// The options of the pool `db`. `None` of what is no pool of sqlx: a mock, a proxy, a rusqlite connection.
pub(crate) fn options(db: &DatabaseConnection) -> Option<Options> {
    #[allow(unused_imports, reason = "unused where SeaORM has all drivers")]
    use stand_in::Driver as _;
    // A method of another driver than the pool's panics.
    match Kind::of(db)? {
        Kind::MySql => Some(db.get_mysql_connection_pool().connect_options()),
        Kind::Postgres => Some(db.get_postgres_connection_pool().connect_options()),
        Kind::Sqlite => Some(db.get_sqlite_connection_pool().connect_options()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    MySql,
    Postgres,
    Sqlite,
}

impl Kind {
    fn of(db: &DatabaseConnection) -> Option<Self> {
        // The variants of the enum depend on the drivers, too. Its `Debug` is the variant's name; if that
        // becomes another, no pool is told apart any more, and `tests/databases.rs` fails.
        let is = |name| Expected::is_shown_by(&db.inner, name);
        if is("SqlxPostgresPoolConnection") {
            Some(Self::Postgres)
        } else if is("SqlxSqlitePoolConnection") {
            Some(Self::Sqlite)
        } else if is("SqlxMySqlPoolConnection") {
            Some(Self::MySql)
        } else {
            None
        }
    }
}

/// What is expected to be written next.
struct Expected(&'static str);

impl Expected {
    fn is_shown_by(shown: &impl fmt::Debug, name: &'static str) -> bool {
        let mut expected = Self(name);
        write!(expected, "{shown:?}").is_ok() && expected.0.is_empty()
    }
}

impl fmt::Write for Expected {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

#[allow(dead_code, reason = "which of them are used depends on the drivers")]
mod stand_in {
    use sea_orm::DatabaseConnection;
    use std::sync::Arc;

    /// The pool of a driver that is not there.
    pub(super) struct NoPool;

    impl NoPool {
        #[expect(clippy::unused_self, reason = "it stands in for a method of sqlx")]
        pub(super) fn connect_options(&self) -> Arc<()> {
            unreachable!("no connection is of a driver that is not there")
        }
    }

    pub(super) trait Driver {
        fn get_mysql_connection_pool(&self) -> NoPool {
            NoPool
        }

        fn get_postgres_connection_pool(&self) -> NoPool {
            NoPool
        }

        fn get_sqlite_connection_pool(&self) -> NoPool {
            NoPool
        }
    }

    impl Driver for DatabaseConnection {}
}
