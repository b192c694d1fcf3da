#![doc = include_str!("../README.md")]

/// Caches the results of a function, and ends them when one of the groups that it names is bumped.
///
/// `#[cache_against(GROUP, .., OPTION, ..)]` goes on a free function, a method or an associated
/// function, sync or async. GROUP, at least one:
///
/// | form | the value depends on |
/// | --- | --- |
/// | `Book` | any change of any book |
/// | `Book(id)`, or `Book, key = id` | one member; `Line(order, number)` for a compound key |
/// | `Book(author = a)` | the members with that value of an index; `Book(author = a, status = s)` needs the compound index |
/// | `"movies"`, `Tag(expr)` | a free tag |
///
/// Their expressions see the parameters, are evaluated on a miss only, and give the key by value, by
/// reference or, for a `String`, as `&str`. OPTION: see the table in the [crate's docs](crate).
///
/// # Restrictions
///
/// - A group's expression may use only what the memo key holds, since an entry is found by its key
///   alone: no skipped parameter.
/// - A receiver is never guessed to matter or not to: `skip(self)` or `by(self.field, ..)`.
/// - A `&mut` parameter must be skipped, since a hit does not run the body and so changes nothing.
/// - A pattern needs `by(..)`, since it has no name to look a result up by.
/// - The return type owns what it holds, `'static` borrows apart, and has a name: a value outlives the
///   call.
/// - No `const fn` and no foreign ABI: a memo is a thing of run time, and of Rust.
/// - Type parameters in the key or the value are `'static`. Each instance has a memo of its own.
/// - The expressions of `ttl`, `idle`, `capacity`, `max_weight`, `weigh` and `cache_if` are evaluated
///   once, at the first call, and see no parameters. A capacity or a time of zero stores nothing.
///
/// # Panics
///
/// A call panics where the body does, or the `Clone`, `Hash` or `Eq` of its key or value; the memo
/// is as good as before.
///
/// # Example
///
/// ```
/// use gcache::{Invalidates, cache_against};
///
/// struct Db;
///
/// #[derive(Clone, Debug, PartialEq, Invalidates)]
/// struct Book {
///     id: u64,
///     #[group(index)]
///     author: u64,
/// }
///
/// #[cache_against(Book, key = id, skip(db), ttl = "1h")]
/// fn book(db: &Db, id: u64) -> Result<Option<Book>, std::io::Error> {
///     Ok(Some(Book { id, author: 3 }))
/// }
///
/// #[cache_against(Book(author = author), skip(db), capacity = 1_000, results)]
/// async fn books_of(db: &Db, author: u64) -> Vec<Book> {
///     vec![Book { id: 7, author }]
/// }
///
/// # pollster::block_on(async {
/// assert_eq!(book(&Db, 7)?, Some(Book { id: 7, author: 3 }));
/// assert_eq!(books_of(&Db, 3).await.len(), 1);
/// # Ok::<(), std::io::Error>(())
/// # }).unwrap();
/// ```
///
/// # Expansion
///
/// The body moves into a closure that runs on a miss; around it stands one static and one call:
///
/// ```text
/// fn book(db: &Db, id: u64) -> Result<Option<Book>, std::io::Error> {
///     let miss = match (Call {
///         site: { static SITE: Site = Site::new("path::book"); &SITE },
///         query: (&id, ()),
///         groups: || (member::<Book>(&id), ()),
///         ..
///     }
///     .begin()) {
///         Begun::Hit(value) => return value,
///         Begun::Miss(miss) => miss,
///     };
///     miss.run(move || { .. })
/// }
/// ```
pub use gcache_macros::cache_against;

/// Makes a model a group, and writes its helper functions.
///
/// On a struct with named fields. Attributes:
///
/// | attribute | on | meaning | default |
/// | --- | --- | --- | --- |
/// | `#[group(key)]` | fields | the key; of several, a tuple in declaration order | what `#[sea_orm(primary_key)]` marks, else the field `id` |
/// | `#[group(index)]` | fields | an index | none |
/// | `#[group(index(author, status))]` | the struct | a compound index | none |
/// | `#[group(name = "shop.book")]` | the struct | the name in statistics | module path and type name |
/// | `#[group(no_helpers)]` | the struct | leaves the helper functions out | – |
/// | `#[group(crate = path)]` | the struct | where the library is | `::gcache` |
///
/// Keys and index values need `Hash`, `Eq`, `Clone`, `Send` and `Sync`. A model has no parameters,
/// since each of its types would be a group of its own.
///
/// Besides the traits [`Group`] and [`Invalidates`](trait@Invalidates), it generates, with the struct's
/// visibility:
///
/// - `invalidate_book(id)`: ends what depends on that book, on any index value (which of them it has
///   or had is not known), or on the model;
/// - `invalidate_book_by_author(author)` for each index, `invalidate_book_by_author_and_status(..)`
///   for a compound one: ends what depends on that value, on any key, or on the model.
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
pub use gcache_macros::Invalidates;

/// Makes a function end the groups that it changes, after its body, whatever the outcome.
///
/// | where | ends |
/// | --- | --- |
/// | method with `&mut self` of a model | the groups of the row before and after the body |
/// | method that takes `self` or `&self` | the groups of the row at entry |
/// | `impl` block | the same for each of its `&mut self` methods that has no `#[invalidates]` of its own |
/// | any function, `#[invalidates(Book, key = id)]` | those groups, their expressions evaluated at entry |
/// | `#[invalidates(result)]` | the groups of the rows that are returned: see [`Rows`] |
///
/// Groups are written as in [`cache_against`](macro@cache_against), and `result` may stand beside
/// them. What is not known to be untouched is ended: where a `&mut self` method panics or its future
/// is dropped in the middle, the whole model; where no rows are returned, by an error, a panic or a
/// dropped future, the models whose rows there might have been.
///
/// A `&mut self` method may not return a borrow, since the row is looked at after the body.
///
/// # Futures that are dropped
///
/// A web server drops a request whose visitor has left, and a `select!` what was too slow; the database finishes
/// what it was sent. So where the future of an async body is dropped **in the middle**, its groups end at once, and
/// are then *in doubt* for ten seconds ([`set_doubt`]): calls compute, those who wait share a computation,
/// and what depends on these groups is kept for a second at most, until the doubt is over. A body that returned,
/// by `?` as well, or panicked leaves no doubt, and neither does one that was never polled.
///
/// A statement that takes longer than the doubt leaves what was read before its end, until the group next
/// ends: give [`set_doubt`] more than the time after which the database gives a statement up, or let the whole go
/// on to its end with `gcache::finish` (feature `tokio`), which leaves no doubt at all. A `ttl` bounds what is left where
/// neither is possible.
///
/// A sync body leaves no doubt, and what is bumped *by hand* after an `.await` is not bumped at all where the
/// future is dropped there: that is what this attribute, and `finish`, are for.
///
/// ```
/// use gcache::{Invalidates, invalidates};
///
/// #[derive(Invalidates)]
/// struct Book {
///     id: u64,
///     title: String,
/// }
///
/// #[invalidates]
/// impl Book {
///     fn rename(&mut self, title: &str) {
///         self.title = title.to_owned();
///     }
/// }
///
/// #[invalidates(Book(id), "front page")]
/// async fn rename_by_id(id: u64, title: &str) -> Result<(), std::io::Error> {
///     Ok(())
/// }
///
/// #[invalidates(result)]
/// fn insert(title: &str) -> Result<Book, std::io::Error> {
///     Ok(Book { id: 1, title: title.to_owned() })
/// }
/// ```
///
/// # Expansion
///
/// ```text
/// fn rename(&mut self, title: &str) {
///     let change = begin_change::<Self>(self);
///     let returned = (|| -> () { self.title = title.to_owned(); })();
///     end_change::<Self>(change, self);
///     returned
/// }
/// ```
pub use gcache_macros::invalidates;

/// Declares a group that is no model: `group!(pub Feed: UserId)`, or `group!(pub Rates)` without
/// members.
///
/// Generates the type, `Feed::invalidate_all()`, and the helper `invalidate_feed(key)` or
/// `invalidate_rates()`. A last argument `crate = path` says where the library is.
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
/// feed("ann");
/// assert_eq!(invalidate_feed("ann").ended(), 1);
/// feed("ann");
/// invalidate_rates();
/// Feed::invalidate_all();
/// ```
pub use gcache_macros::group;

/// Ends groups, written as in [`cache_against`](macro@cache_against), and returns what it did as
/// [`Bumped`].
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
pub use gcache_macros::invalidate;

/// Makes the cached body that is running depend on groups, written as in
/// [`cache_against`](macro@cache_against): for what it finds on the way.
///
/// If one of the groups was bumped since the body began, the body may have read what the bump ended:
/// its value is returned and not stored. Outside of a cached body nothing happens, and the returned
/// [`DependsOn`] says so.
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
/// assert_eq!(invalidate_director(7).ended(), 1);
/// assert_eq!(depends_on!(Director(7)), DependsOn::NoBody);
/// ```
pub use gcache_macros::depends_on;

pub use gcache_runtime::{
    Bumped, CachedFunction, DependsOn, Edit, Group, GroupStats, IntoKey, Invalidates, Report, Rows,
    Stats, Tag, Transaction, bypass, bypass_async, clear, invalidate_tag, of, set_doubt,
    set_enabled, stats,
};

#[cfg(feature = "tokio")]
pub use gcache_runtime::finish;

/// What generated code names. No part of the interface.
#[doc(hidden)]
pub use gcache_runtime::private as __private;
