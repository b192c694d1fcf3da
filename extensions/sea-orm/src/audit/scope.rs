//! What the names of a `WITH` hide, and where.

use super::table::Dialect;
use sqlparser::ast::{Ident, Query, With};
use std::ptr;

/// The queries around a place, outermost first, each with the names that its `WITH` gives.
#[derive(Debug)]
pub(super) struct Scopes {
    dialect: Dialect,
    scopes: Vec<Scope>,
}

#[derive(Debug, Default)]
struct Scope {
    recursive: bool,
    /// Each name with the address of its query, by which that is known again.
    names: Vec<(Ident, *const Query)>,
    /// How many of them are seen here.
    seen: usize,
}

impl Scopes {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, scopes: Vec::new() }
    }

    /// Goes into `query`, which may be that of a name: there, fewer names are seen.
    pub(super) fn enter(&mut self, query: &Query) {
        if let Some(outer) = self.scopes.last_mut()
            && let Some(at) = outer.position(query)
        {
            outer.seen = outer.seen_from(at, self.dialect);
        }
        self.scopes.push(query.with.as_ref().map(Scope::new).unwrap_or_default());
    }

    /// Goes out of `query`.
    pub(super) fn leave(&mut self, query: &Query) {
        self.scopes.pop();
        if let Some(outer) = self.scopes.last_mut()
            && outer.position(query).is_some()
        {
            outer.seen = outer.names.len();
        }
    }

    /// Whether `table` is certainly a name of a `WITH` here.
    pub(super) fn hide(&self, table: &Ident) -> bool {
        let is = |(name, _): &(Ident, _)| self.dialect.same_ident(name, table);
        self.scopes.iter().any(|scope| scope.names[..scope.seen].iter().any(is))
    }
}

impl Scope {
    fn new(with: &With) -> Self {
        let name = |cte: &sqlparser::ast::Cte| (cte.alias.name.clone(), ptr::from_ref(&*cte.query));
        let names: Vec<_> = with.cte_tables.iter().map(name).collect();
        Self { recursive: with.recursive, seen: names.len(), names }
    }

    /// Which name is that of `query`.
    fn position(&self, query: &Query) -> Option<usize> {
        self.names.iter().position(|&(_, of)| ptr::eq(of, query))
    }

    /// How many names the query of the name at `at` sees: those before it. If it says `RECURSIVE`, all, and in
    /// `MySQL` itself besides those before it. (SQLite lets it see all without that word. A name that is
    /// then taken for a table is one too many, and not one too few.)
    fn seen_from(&self, at: usize, dialect: Dialect) -> usize {
        match dialect {
            _ if !self.recursive => at,
            Dialect::MySql => at + 1,
            Dialect::Postgres | Dialect::Sqlite => self.names.len(),
        }
    }
}
