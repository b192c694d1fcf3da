//! A table's name, and how a database compares names.

use sea_orm::{DbBackend, EntityName};
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};
use sqlparser::dialect::{
    Dialect as ParserDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect,
};
use std::fmt;

/// A database's kind of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Dialect {
    MySql,
    Postgres,
    Sqlite,
}

impl Dialect {
    /// That of `backend`, if it is known.
    pub(super) fn of(backend: DbBackend) -> Option<Self> {
        match backend {
            DbBackend::MySql => Some(Self::MySql),
            DbBackend::Postgres => Some(Self::Postgres),
            DbBackend::Sqlite => Some(Self::Sqlite),
            _ => None,
        }
    }

    pub(super) fn parser(self) -> &'static dyn ParserDialect {
        match self {
            Self::MySql => &MySqlDialect {},
            Self::Postgres => &PostgreSqlDialect {},
            Self::Sqlite => &SQLiteDialect {},
        }
    }

    /// What an identifier names.
    fn name(self, ident: &Ident) -> String {
        match self {
            Self::Postgres if ident.quote_style.is_none() => ident.value.to_ascii_lowercase(),
            _ => ident.value.clone(),
        }
    }

    /// Whether two names are certainly one. Names of `MySQL` are compared as the file system of the server
    /// compares them, which is not known: there, two that differ in case are two, so that nothing is taken
    /// for what it may not be.
    fn same(self, one: &str, other: &str) -> bool {
        match self {
            Self::Sqlite => one.eq_ignore_ascii_case(other),
            Self::MySql | Self::Postgres => one == other,
        }
    }

    /// Whether `one` and `other` certainly name the same.
    pub(super) fn same_ident(self, one: &Ident, other: &Ident) -> bool {
        self.same(&self.name(one), &self.name(other))
    }
}

/// A table, as a statement or an entity names it: with its schema, or bare.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Table(Vec<String>);

impl Table {
    /// That of an entity.
    pub(crate) fn of(entity: &impl EntityName) -> Self {
        let schema = entity.schema_name().map(str::to_owned);
        Self(schema.into_iter().chain([entity.table_name().to_owned()]).collect())
    }

    #[cfg(test)]
    pub(super) fn bare(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    /// What `name` names, if it is a name and no expression.
    pub(super) fn read(dialect: Dialect, name: &ObjectName) -> Option<Self> {
        let part = |part: &ObjectNamePart| part.as_ident().map(|ident| dialect.name(ident));
        name.0.iter().map(part).collect::<Option<_>>().map(Self)
    }

    /// Whether both are certainly one table. With a schema and without one they are two: what the database
    /// takes for the schema of a bare name is not known.
    pub(super) fn is(&self, other: &Self, dialect: Dialect) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(one, other)| dialect.same(one, other))
    }

    /// Whether both have one name, in whatever schema and case.
    pub(super) fn is_namesake(&self, other: &Self) -> bool {
        let (one, other) = (self.0.last(), other.0.last());
        one.zip(other).is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
