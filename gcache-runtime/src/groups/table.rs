//! The table of a database that a group stands for.

use super::Group;

/// The table whose rows a group's members are: what a link that hears of changed rows has to know of it.
///
/// Said with `#[group(table = "..")]` or in `group!`; of a SeaORM entity it is its `table_name`.
///
/// ```
/// use gcache::{Table, group};
///
/// group!(Article(id: u64), index(author: u64), table = "blog.article");
/// group!(Feed: u64);
///
/// let table = Table::of::<Article>().unwrap();
/// assert_eq!((table.name, table.key[0].name), ("blog.article", "id"));
/// assert_eq!(table.indexes[0][0].field, "author");
/// assert!(Table::of::<Feed>().is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// As the program writes it, with a schema or without.
    pub name: &'static str,
    /// The columns of the key, in its order.
    pub key: &'static [Column],
    /// The columns of each index, in the order of its value.
    pub indexes: &'static [&'static [Column]],
}

/// A column that is a part of a key or of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The name in the program.
    pub field: &'static str,
    /// The name in the database.
    pub name: &'static str,
}

impl Table {
    /// The table of `G`, if it has one.
    pub fn of<G: Group>() -> Option<&'static Self> {
        G::generations().table()
    }

    /// For generated code.
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        key: &'static [Column],
        indexes: &'static [&'static [Column]],
    ) -> Self {
        Self { name, key, indexes }
    }
}

impl Column {
    /// For generated code.
    #[doc(hidden)]
    pub const fn new(field: &'static str, name: &'static str) -> Self {
        Self { field, name }
    }
}
