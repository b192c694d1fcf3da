//! The memo of query results: its key and its values.

use crate::database::DatabaseId;
use gcache::{Cached, GroupNames};
use sea_orm::sea_query::Value;
use std::any::{Any, TypeId};
use std::sync::Arc;

/// The memo of the results of queries, of any kind and type.
pub(crate) type Results = Cached<QueryKey, Found>;

/// A result. A type of its own, since of a bare `dyn Any` the compiler does not know inside of a future that it is
/// `'static`.
#[derive(Clone)]
pub(crate) struct Found(pub(crate) Arc<dyn Any + Send + Sync>);

/// The memo key of a query: typed values beside the statement, none of them written into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct QueryKey {
    pub(crate) database: DatabaseId,
    pub(crate) fetch: Fetch,
    /// The type of the query, which decides the type of the result.
    pub(crate) query: TypeId,
    /// `DbBackend` has no `Hash`.
    pub(crate) backend: &'static str,
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
    /// The groups that are named: a query that names more must not get the result of one that names less.
    pub(crate) groups: GroupNames,
}

/// How much of the result is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fetch {
    All,
    One,
    Count,
}
