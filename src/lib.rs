//! [`Transaction`]: Transaction
//! [axum]: guide
//! [deadlocks]: guide::deadlocks
//! [design]: guide::design
//! [django]: guide::from_django
//! [dropped]: guide::dropped_requests
//! [filmclub]: guide
//! [many-to-many]: guide::recipes#many-to-many-without-an-orm
//! [minijinja]: guide
//! [per group]: guide::recipes_axum#one-page-per-customer-group
//! [per group without]: guide::recipes#one-page-per-customer-group
//! [performance]: guide
//! [races]: guide
//! [recipes-sea-orm]: guide
//! [reliability]: guide
//! [sea-orm]: guide
//! [test]: guide::recipes#testing-code-that-is-cached
//! [two miss]: guide::design#a-miss-step-by-step
//! [which call]: guide::recipes#which-call-goes-with-which-write
//! [why miss]: guide::recipes#why-did-a-call-miss
// The README links to files. Of several definitions of a link the first counts: those above lead to rustdoc.
#![doc = include_str!("../README.md")]

#[cfg(any(doc, doctest))]
pub mod guide;
pub mod prelude;

/// Caches the results of a function until one of the groups that it names is invalidated.
///
/// `#[cache_against(GROUP, .., OPTION, ..)]` goes on a free function, a method or an associated function, sync or async.
/// GROUP, at least one:
///
/// | form | the value depends on |
/// | --- | --- |
/// | `Book` | any change of any book |
/// | `Book(id)`, or `Book, key = id` | one member; `Line(order, number)` for a compound key |
/// | `Book(author = a)` | the members with that value of an index; `Book(author = a, status = s)` needs the compound index |
/// | `Book?(id)`, `Book?(author = a)` | the same where there is a key: it is an `Option`, or a reference to one, and `None` is no dependency. Of several parts each may be an `Option`, and one `None` is enough |
/// | `"movies"`, `Tag(expr)` | a free tag. A literal is one tag for all calls, so `"film {id}"` is a mistake. `Tag(format!("film {id}"))` is a tag for each film |
///
/// These expressions see the parameters, run on a miss only, and give the key by value, by reference or, for a `String`,
/// as `&str`. OPTION: see the table in the [crate's docs](crate#options-of-cache_againstgroup--option-).
///
/// # Restrictions
///
/// - `Book(author = a)` needs `#[group(index)]` on the field `author`, and `Book(author = a, status = s)` needs the compound
///   index. The key is written without the name of its field: `Book(id)`, and not `Book(id = id)`.
/// - A group's expression uses no skipped parameter: an entry is found by its memo key alone.
/// - A receiver needs a word, `skip(self)` or `by(self.field, ..)`: whether it matters is never guessed.
/// - A `&mut` parameter must be skipped: a hit does not run the body and so changes nothing.
/// - A parameter that is a pattern needs `by(..)`: it has no name to look an entry up by.
/// - The returned value owns its content, `'static` borrows apart: an entry outlives the call.
/// - No `const fn` and no foreign ABI: a memo exists at run time, and in Rust.
/// - Type parameters in the key or the value are `'static`. Each instance has a memo of its own.
/// - A return type that is a type parameter, or the type of a trait of one, may be a `Result`, and the attribute cannot
///   see it. Say `cache_err` to store every returned value, an `Err` too, or `cache_ok` to store the values of `Ok` alone,
///   of a type that is bound by [`Fallible`]. `Vec<T>` and `Result<T, E>` need no word, nor does an alias of them. (An
///   alias of a trait's type, `type Out<Q> = <Q as Query>::Output`, hides a `Result`: it is returned and never stored.)
/// - A function that returns a future has one block as its body, `async move { .. }` or `Box::pin(async move { .. })`:
///   the cached value is the block's. `#[async_trait]` makes such methods, so both attributes go together.
/// - The expressions of `ttl`, `idle`, `patience`, `capacity` and `max_weight` run once, at the first call, those of
///   `weigh` and `cache_if`, a path or a closure, for each value that is about to be stored. None of them sees parameters.
///   A capacity, a `ttl` or an `idle` of zero stores nothing. A [`Patience`] of zero never waits.
///
/// # Beside other attributes
///
/// Of two attributes the upper one is expanded first, and becomes the inner one. So `#[tracing::instrument]` *above* this
/// one makes a span for each computation, and *below* it a span for each call, hits too. See the
/// [recipe](guide::recipes#tracinginstrument-above-or-below).
///
/// # Chains of async functions
///
/// A cached async function is a future around the future of its body. The compiler follows both to find out whether a
/// chain of functions may be sent to another thread, and gives up at a depth of 24 (42 for plain functions). `boxed` boxes
/// the body's future on a miss, as one that is `Send`: the compiler stops there, so chains of boxed functions may have any
/// depth. `#![recursion_limit = "256"]` doubles the numbers.
///
/// # Panics
///
/// A call panics if the body does, or the `Clone`, `Hash` or `Eq` of its key or value. The memo stays usable.
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
///     let call = Call::new(
///         { static SITE: CallSite = CallSite::of(module_path!(), "book"); &SITE }, // its memo
///         checked(returned::<Result<Option<Book>, std::io::Error>>().type()), // stores the value of `Ok`
///         (InKey::part(&id), ()), // the memo key, as borrowed
///         || (member::<Book>(&id), ()), // the groups, on a miss only
///     )
///     .config(|config| config.ttl(Duration::from_secs(3_600)))
///     .begin();
///     call.run(move || { .. })
/// }
/// ```
#[cfg(feature = "macros")]
pub use gcache_macros::cache_against;

/// Makes a model a group, and writes its helper functions.
///
/// On a struct with named fields. Attributes:
///
/// | attribute | on | meaning | default |
/// | --- | --- | --- | --- |
/// | `#[group(key)]` | fields | the key; of several, a tuple in declaration order | the fields with `#[sea_orm(primary_key)]`, else the field `id` |
/// | `#[group(index)]` | fields | an index | none |
/// | `#[group(index(author, status))]` | the struct | a compound index | none |
/// | `#[group(name = "shop.book")]` | the struct | the name in statistics | module path and type name |
/// | `#[group(no_helpers)]` | the struct | leaves the helper functions out | – |
/// | `#[group(crate = path)]` | the struct | says where the library is | `::gcache` |
///
/// Keys and index values need `Hash`, `Eq`, `Clone`, `Send` and `Sync`. A model has no parameters: each of its types would
/// be a group of its own.
///
/// Besides the traits [`Group`] and [`Invalidates`](trait@Invalidates), it generates, with the struct's visibility:
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
/// [recipe](guide::recipes#many-to-many-without-an-orm).
#[cfg(feature = "macros")]
pub use gcache_macros::Invalidates;

/// Names the groups of a struct that is no model, by its fields: of what a query returns, which has columns of several
/// tables, or of the body of a response.
///
/// `#[depends(..)]` lists groups as in [`cache_against`](macro@cache_against), with a field, or a part of one, where there a
/// parameter stands. It is borrowed. A field that is an `Option` needs `User?(editor_id)`. A last `crate = path` says where
/// the library is.
///
/// Generates, with the struct's visibility:
///
/// - `depend()`: inside of a cached body, makes it depend on these groups, as [`depends_on!`](macro@depends_on) does;
/// - `changed()`: invalidates them, as [`invalidate!`](macro@invalidate) does;
/// - the traits [`Groups`] and [`Rows`], so that the option `results`, `#[invalidates(result)]`, `invalidate` and
///   `depends_on` take such structs, alone or in a list. Where `result` was kept from being returned, all members of the
///   groups that are named are invalidated.
///
/// A model derives [`Invalidates`](macro@Invalidates) instead, which does as much and more.
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
#[cfg(feature = "macros")]
pub use gcache_macros::Depends;

/// Makes a function invalidate the groups that it changes, after its body, whatever the outcome.
///
/// | where | invalidates |
/// | --- | --- |
/// | method with `&mut self` of a model | the groups of the row before and after the body |
/// | method that takes `self`, `&self` or a pointer to it | the groups of the row at entry |
/// | `impl` block | the same for each `&mut self` method without an `#[invalidates]` of its own |
/// | any function, `#[invalidates(Book, key = id)]` | these groups, their expressions evaluated at entry |
/// | `#[invalidates(result)]` | the groups of the returned rows: see [`Rows`] |
///
/// Groups are written as in [`cache_against`](macro@cache_against), and `result` may stand beside them. When gcache cannot
/// prove that an entry is unaffected, it invalidates it: the whole model, if a `&mut self` method panics or its future is
/// dropped in the middle; the models whose rows might have been returned, if an error, a panic or a drop kept `result`
/// from returning them.
///
/// # Restrictions
///
/// - A `&mut self` method may not return a mutable borrow of the row: the row is read after the body. It may return
///   `impl Trait`.
/// - `&mut self` may be written out: `self: &mut Self`, `self: &mut Book`, `self: Pin<&mut Self>`,
///   `self: &mut Box<Self>`. A receiver behind an alias may hide such a reference. It is a mistake unless the method has an
///   `#[invalidates(..)]` that names the changed groups.
/// - The attribute cannot see the later state of a row that a method takes by `self` or `mut self`. A method that returns
///   a `Self` says `#[invalidates(result, Book(self.id))]`.
/// - No `const fn`: an invalidation happens at run time. In a block with the attribute, no macro that may make methods:
///   the attribute would overlook them.
/// - A function that returns a future has one block as its body, `async move { .. }` or `Box::pin(async move { .. })`, as
///   `#[async_trait]` makes it: the change is done when the future ends, and not when the function returns. (A future
///   behind an alias is not seen.)
/// - `#[tracing::instrument]` and other attributes go above or below.
///
/// # Futures that are dropped
///
/// A web server drops the future of a request whose visitor has left, and a `select!` drops the slower side, but the
/// database finishes the statement. So when the future of an async body is dropped **in the middle**, its groups are
/// invalidated at once and are then *in doubt* for ten seconds ([`set_doubt`]): entries that depend on them are kept for
/// one second at most. A body that returned (by `?` too), panicked, or was never polled leaves no doubt. If the body itself
/// may give a statement up, by a `timeout`, `select!` or `try_join!`, move the statement into an async function of its own
/// with the same `#[invalidates(..)]`: then that future is dropped in the middle.
///
/// A statement that takes longer than the doubt may leave an old value behind, until the group is next invalidated. Set
/// [`set_doubt`] to more than the database's own time limit, or let the write go on to its end with `gcache::finish`
/// (feature `tokio`), which leaves no doubt. Where neither is possible, a `ttl` bounds the time.
///
/// A sync body leaves no doubt. An invalidation *by hand* after an `.await` never happens if the future is dropped there.
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
///     let change = Guard::change::<Self>(self);
///     let returned = (|| -> () { self.title = title.to_owned(); })();
///     Guard::finish(change, self);
///     returned
/// }
/// ```
#[cfg(feature = "macros")]
pub use gcache_macros::invalidates;

/// Declares a group that is no model: `group!(pub Feed: UserId)`, or `group!(pub Rates)` without members.
///
/// Generates the type, `Feed::invalidate_all()`, and the helper `invalidate_feed(key)` or `invalidate_rates()`. A last
/// argument `crate = path` says where the library is.
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
/// assert_eq!(invalidate_feed("ann").count(), 1);
/// feed("ann");
/// invalidate_rates();
/// Feed::invalidate_all();
/// ```
#[cfg(feature = "macros")]
pub use gcache_macros::group;

/// Invalidates groups, written as in [`cache_against`](macro@cache_against), and returns an [`Invalidated`].
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
#[cfg(feature = "macros")]
pub use gcache_macros::invalidate;

/// Adds dependencies that a cached body finds on its way, written as in [`cache_against`](macro@cache_against).
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
#[cfg(feature = "macros")]
pub use gcache_macros::depends_on;

#[doc(inline)]
pub use gcache_runtime::{
    Answer, By, Cached, CachedFunction, Config, DependsOn, ENTRY_BYTES, Edit, Fallible,
    GENERATION_BYTES, Group, GroupList, GroupNames, GroupStats, Groups, Index, IndexBy, Indexed,
    IntoKey, Invalidated, Invalidates, Key, LocalCacheBudget, Member, NothingCached, Patience,
    Report, Row, Rows, Source, Stats, Tag, Transaction, Whole, by_index, bypass, bypass_async,
    clear, depends_on, expires_within, invalidate, invalidate_tag, member, of, set_doubt,
    set_enabled, set_local_cache_budget, stats, tag, whole,
};

#[doc(inline)]
pub use gcache_runtime::links as link;

#[cfg(feature = "tokio")]
#[doc(inline)]
pub use gcache_runtime::finish;

#[cfg(feature = "testing")]
#[doc(inline)]
pub use gcache_runtime::testing;

/// For generated code only: no part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use gcache_runtime::private as v1;
}
