//! Groups with several keys and indexes.
#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]
#![deny(clippy::all, clippy::pedantic)]

use gcache::{Groups, Row, cache_against, group, invalidate};

mod inner {
    /// A key that nobody else names.
    #[derive(Clone, PartialEq, Eq, Hash)]
    pub(crate) struct Id(pub(crate) u64);
}
use inner::Id;

group!(
    /// An article.
    pub Article(id: u64, r#type: String), index(author: u64), index(author, year: u16),
    name = "shop.article", secret,
);
group!(Relation(a: Id, b: Id), index(a), index(b));
group!(KeyAlone(key: u64));
group!(Clashing(visitor: u64), index(value: u64), index(row: u64, key: u64), local);

macro_rules! declared {
    ($name:ident, $field:ident: $ty:ty) => {
        group!(pub(crate) $name($field: $ty), index(other: $ty));
    };
}
declared!(OfMacro, id: Vec<u8>);

#[cache_against(Article(author = author, year = 1984), Relation(Id(author), Id(7)), OfMacro(other = vec![1]))]
fn articles(author: u64) -> u64 {
    author
}

fn row() -> Row<KeyAlone, impl Groups> {
    KeyAlone::row(7)
}

fn main() {
    articles(7);
    invalidate(&(Article::row(7, "news", 3, 1984), Relation::by_a(Id(7)), KeyAlone::key(7)));
    invalidate(&(Clashing::row(1, 2, 3, 4), Clashing::by_row_and_key(1, 2), OfMacro::key(vec![]), row()));
    invalidate_article_by_author_and_year(7, 1984);
}
