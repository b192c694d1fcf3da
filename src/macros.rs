//! The derives and the macros, and how they are used.

#[allow(unused_imports, reason = "the docs link to them")]
use crate::{DependsOn, Group, Groups, Invalidated, Rows, Table, Transaction};

/// Makes a model a group, and writes its helper functions.
///
/// On a struct with named fields. Attributes:
///
/// | attribute | on | meaning | default |
/// | --- | --- | --- | --- |
/// | `#[group(key)]` | fields | the key; of several, a tuple in declaration order | the fields with `#[sea_orm(primary_key)]`, else the field `id` |
/// | `#[group(index)]` | fields | an index | none |
/// | `#[group(index(author, status))]` | the struct | a compound index | none |
/// | `#[group(name = "shop.book")]` | the struct | the name in statistics, and in [other processes](crate::link) | module path and type name |
/// | `#[group(local)]` | the struct | other processes have nothing to do with it: for what is of this process alone | – |
/// | `#[group(secret)]` | the struct | other processes learn no key and no index value: where one ends, all end there | – |
/// | `#[group(table = "shop.book")]` | the struct | the table whose rows its values are, for links that hear of changed rows: see [`Table`] | SeaORM's `table_name` |
/// | `#[group(column = "book_id")]` | fields | the column of a field that is a key or an index | what SeaORM, sqlx or Diesel are told (`column_name`, `rename`, `rename_all`), or the field |
/// | `#[group(no_helpers)]` | the struct | leaves the helper functions out | – |
/// | `#[group(crate = path)]` | the struct | says where the library is | `::gcache` |
///
/// Of a model with a table, a key or an index is one plain column: a field with sqlx's `flatten`, `json` or `skip`, Diesel's
/// `embed` or SeaORM's `ignore` is none.
///
/// Keys and index values need `Hash`, `Eq`, `Clone`, `Send` and `Sync`. A model has no parameters: each of its types would
/// be a group of its own.
///
/// Besides the traits [`Group`] and [`Invalidates`](trait@crate::Invalidates), it generates, with the struct's visibility:
///
/// - `invalidate_book(id)`: invalidates the entries that depend on that book, on any index value (the book's values are
///   not known), or on the model;
/// - `invalidate_book_by_author(author)` for each index, `invalidate_book_by_author_and_status(..)` for a compound one:
///   invalidates the entries that depend on that value, on any key, or on the model. The call says that some books of that
///   author changed in place. Their other fields are not known, so all values of the *other* indexes are invalidated, too,
///   except the values of a compound index that name another author. Other authors stay valid.
///
/// ```
/// use gcache::Invalidates;
///
/// #[derive(Invalidates)]
/// #[group(index(author, status))]
/// struct Book {
///     #[group(key)]
///     isbn: String,
///     #[group(index)]
///     author: u64,
///     status: u8,
/// }
///
/// let mut book = Book { isbn: "0-14-044913-9".to_owned(), author: 3, status: 0 };
/// book.edit().status = 1;
/// book.invalidate();
/// Book::invalidate_many([&book]);
/// Book::invalidate_all();
/// invalidate_book("0-14-044913-9");
/// invalidate_book_by_author(3);
/// invalidate_book_by_author_and_status(3, 1);
/// ```
///
/// The row of a many-to-many relation has two columns, and each is a part of the key and an index: see the
/// [recipe](crate::guide::recipes#many-to-many-without-an-orm).
pub use gcache_macros::Invalidates;

/// Names the groups of a struct that is no model, by its fields: of what a query returns, which has columns of several
/// tables, or of the body of a response.
///
/// `#[depends(..)]` lists groups as in [`cache_against`](macro@crate::cache_against), with a field, or a part of one, where there a
/// parameter stands. It is borrowed. A field that is an `Option` needs `User?(editor_id)`. A last `crate = path` says where
/// the library is.
///
/// Generates, with the struct's visibility:
///
/// - `depend()`: inside of a cached body, makes it depend on these groups, as [`depends_on!`](macro@crate::depends_on) does;
/// - `changed()`: invalidates them, as [`invalidate!`](macro@crate::invalidate) does;
/// - the traits [`Groups`] and [`Rows`], so that the option `results`, `#[invalidates(result)]`, `invalidate` and
///   `depends_on` take such structs, alone or in a list. Where `result` was kept from being returned, all members of the
///   groups that are named are invalidated.
///
/// A model derives [`Invalidates`](macro@crate::Invalidates) instead, which does as much and more.
///
/// ```
/// use gcache::{Depends, cache_against, group};
///
/// group!(Article(id: u64));
/// group!(User(id: u64));
///
/// #[derive(Clone, Depends)]
/// #[depends(Article(article_id), User(author_id), User?(editor_id))]
/// struct ArticleFromQuery {
///     article_id: u64,
///     author_id: u64,
///     editor_id: Option<u64>,
/// }
///
/// #[cache_against("articles")]
/// fn article(slug: &str) -> String {
///     let found = ArticleFromQuery { article_id: 7, author_id: 3, editor_id: None }; // as a query returns it
///     found.depend();
///     format!("{slug} by {}", found.author_id)
/// }
///
/// #[cache_against("articles", results)]
/// fn articles() -> Vec<ArticleFromQuery> {
///     vec![ArticleFromQuery { article_id: 7, author_id: 3, editor_id: Some(4) }]
/// }
///
/// article("rust");
/// articles();
/// assert_eq!(invalidate_user(3).count(), 1);
/// ```
pub use gcache_macros::Depends;

/// Declares a group that is no model: `group!(pub Feed: UserId)`, or `group!(pub Rates)` without members.
///
/// Behind it may stand `name = "shop.feed"`, `local` and `secret`, which mean what they do on a model:
/// `group!(pub Session: u64, name = "shop.session", local)`.
///
/// `group!(Article(id: u64), index(author: u64), index(author, year: u16))` is one with fields: in the first parentheses those of the key,
/// then the indexes. A field has a type where it is first named.
///
/// Generates the type, `Feed::invalidate_all()`, and the helper `invalidate_feed(key)` or `invalidate_rates()`. With fields
/// it generates what [`Invalidates`](macro@crate::Invalidates) does for a struct, so `Article(author = 3)` and
/// `invalidate_article_by_author(3)` go, and names groups by value, for [`invalidate`](fn@crate::invalidate) and for crates that
/// take [`Groups`]:
///
/// | call | the group |
/// | --- | --- |
/// | `Article::row(7, 3, 1984)`, all fields in their order | one row: invalidates exactly what `row.invalidate()` of a struct would |
/// | `Article::key(7)` | one member, of which only the key is known |
/// | `Article::by_author(3)`, `Article::by_author_and_year(3, 1984)` | the members with that value |
///
/// `table = "article"` says whose rows they are: see [`Table`]. Behind a field, `column = ".."` says its column where that has
/// another name: `group!(Article(id: u64, column = "article_id"), table = "article")`. A last argument `crate = path` says
/// where the library is.
///
/// ```
/// use gcache::{cache_against, group};
///
/// group!(pub Feed: String);
/// group!(Rates);
///
/// #[cache_against(Feed(user), Rates)]
/// fn feed(user: &str) -> String {
///     format!("news for {user}")
/// }
///
/// group!(pub Article(id: u64), index(author: u64), table = "article");
///
/// #[cache_against(Article(author = author))]
/// fn articles_of(author: u64) -> Vec<u64> {
///     vec![7]
/// }
///
/// articles_of(3);
/// assert_eq!(gcache::invalidate(&Article::row(7, 4)).count(), 0);
/// assert_eq!(gcache::invalidate(&Article::row(7, 3)).count(), 1);
///
/// feed("ann");
/// assert_eq!(invalidate_feed("ann").count(), 1);
/// feed("ann");
/// invalidate_rates();
/// Feed::invalidate_all();
/// ```
pub use gcache_macros::group;

/// Invalidates groups, written as in [`cache_against`](macro@crate::cache_against), and returns an [`Invalidated`].
///
/// ```
/// use gcache::{Invalidates, Tag, invalidate};
///
/// #[derive(Invalidates)]
/// struct Book {
///     id: u64,
///     #[group(index)]
///     author: u64,
/// }
///
/// invalidate!(Book(7), Book(author = 3), "front page", Tag(format!("lang: {}", "en")));
/// ```
///
/// A key whose `Clone`, `Hash` or `Eq` panics invalidates its whole model, and the other groups of the list are invalidated,
/// too. Then the panic goes on.
///
/// `invalidate!(in changed: ..)` does so when the [`Transaction`] `changed` ends, committed or dropped: a guard that is
/// declared early and filled as the changes are found out, whatever way the function is left. A dropped *future* ends it at
/// that moment, which is too early for a statement that goes on, so it is safe from visitors who leave only inside of
/// `gcache::finish` (feature `tokio`).
///
/// ```
/// use gcache::{Transaction, group, invalidate};
///
/// group!(Article: u64);
///
/// # fn delete(slug: &str) -> Result<u64, &'static str> { Ok(7) }
/// fn delete_article(slug: &str) -> Result<(), &'static str> {
///     let changed = Transaction::begin();
///     let id = delete(slug)?;
///     invalidate!(in changed: Article(id));
///     Ok(())
/// }
///
/// assert!(delete_article("rust").is_ok());
/// ```
pub use gcache_macros::invalidate;

/// Adds dependencies that a cached body finds on its way, written as in [`cache_against`](macro@crate::cache_against).
///
/// If one of the groups was invalidated since the body began, the body may have read the old state: its value is returned
/// and not stored. Outside of a cached body nothing happens, and the returned [`DependsOn`] says so.
///
/// ```
/// use gcache::{DependsOn, cache_against, depends_on, group};
///
/// group!(Film: u64);
/// group!(Director: u64);
///
/// #[cache_against(Film(id))]
/// fn page(id: u64) -> String {
///     let director = id / 10; // as read from the film's row
///     depends_on!(Director(director));
///     format!("film {id} by director {director}")
/// }
///
/// page(71);
/// assert_eq!(invalidate_director(7).count(), 1);
/// assert_eq!(depends_on!(Director(7)), DependsOn::NoBody);
/// ```
pub use gcache_macros::depends_on;
