#![doc = include_str!("../README.md")]

pub mod prelude;

/// Caches the results of a function, and ends them when one of the groups that it names is invalidated.
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
/// - A return type that is a type parameter, or the type of a trait of one, needs a word, since nobody sees
///   there whether it is a `Result`: `cache_err` stores whatever is returned, an `Err` too, and `cache_ok` the
///   value of `Ok` alone, of a type that is bound by [`Fallible`]. With parameters *inside*, as in `Vec<T>` or
///   `Result<T, E>`, it needs none, and an alias is seen through. (Behind an alias that is such a type itself,
///   `type Out<Q> = <Q as Query>::Output`, a `Result` is returned and never stored.)
/// - A function that returns a future has one block as its body, `async move { .. }` or
///   `Box::pin(async move { .. })`, since the value is what that comes to. This is what `#[async_trait]`
///   makes of a method, so both attributes go together. A parameter that is a pattern has no name there.
/// - The expressions of `ttl`, `idle`, `patience`, `capacity`, `max_weight`, `weigh` and `cache_if` are
///   evaluated once, at the first call, and see no parameters. A capacity, a `ttl` or an `idle` of zero
///   stores nothing; a [`Patience`] of zero waits for nobody.
///
/// # Beside other attributes
///
/// Of two attributes the upper one is expanded first, and the lower one around what it has made. So
/// `#[tracing::instrument]` *above* this one makes a span for each body that runs, and none for a hit; *below*
/// it makes one for each call:
///
/// ```
/// use gcache::{cache_against, group};
///
/// group!(Book: u64);
///
/// #[tracing::instrument]
/// #[cache_against(Book(id))]
/// async fn spans_of_misses(id: u64) -> String {
///     tracing::info!("computing");
///     format!("the page of book {id}")
/// }
///
/// #[cache_against(Book(id))]
/// #[tracing::instrument]
/// async fn spans_of_calls(id: u64) -> String {
///     tracing::info!("computing");
///     format!("the page of book {id}")
/// }
/// # pollster::block_on(async { spans_of_misses(7).await; spans_of_calls(7).await; });
/// ```
///
/// # Chains of async functions
///
/// A cached async function is its own future and one more, that of its body. The compiler follows both to find
/// out whether a chain of functions may be sent to another thread, and gives up at 24 of them (at 42 that are
/// plain). `boxed` on one of them ends what it follows there, and on each makes chains of any depth: the body's
/// future is boxed, on a miss only, as one that is `Send`. `#![recursion_limit = "256"]` doubles the numbers.
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
#[cfg(feature = "macros")]
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
///   for a compound one: ends what depends on that value, on any key, or on the model. It says that some books
///   of that author changed in place, and not what else they have: so all values of the *other* indexes end,
///   too, but for those that name another author themselves. Other authors live.
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
/// # Many to many
///
/// The row of a link has two columns, and each of them is a part of the key and an index. What is listed
/// depends on a column, whether a link is there on both, and a link that comes or goes is a row like any
/// other. A cascade is known by one column:
///
/// ```
/// use gcache::{Invalidates, cache_against, invalidates};
/// # use std::sync::Mutex;
/// # static LINKS: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());
///
/// #[derive(Invalidates)]
/// struct Favourite {
///     #[group(key)]
///     #[group(index)]
///     article: u64,
///     #[group(key)]
///     #[group(index)]
///     user: u64,
/// }
///
/// #[cache_against(Favourite(user = user))]
/// fn favourites_of(user: u64) -> Vec<u64> {
///     # let links = LINKS.lock().unwrap();
///     links.iter().filter(|link| link.1 == user).map(|link| link.0).collect()
/// }
///
/// #[cache_against(Favourite(article = article))]
/// fn count(article: u64) -> usize {
///     # let links = LINKS.lock().unwrap();
///     links.iter().filter(|link| link.0 == article).count()
/// }
///
/// #[cache_against(Favourite(article, user))]
/// fn is_favourite(article: u64, user: u64) -> bool {
///     # let links = LINKS.lock().unwrap();
///     links.contains(&(article, user))
/// }
///
/// #[invalidates(result)]
/// fn add(article: u64, user: u64) -> Favourite {
///     # LINKS.lock().unwrap().push((article, user));
///     Favourite { article, user }
/// }
///
/// impl Favourite {
///     #[invalidates] // the groups of the row that is gone
///     fn remove(self) {
///         # LINKS.lock().unwrap().retain(|link| *link != (self.article, self.user));
///     }
/// }
///
/// /// The database deletes the links of the article by itself.
/// #[invalidates(Favourite(article = article))]
/// fn delete_article(article: u64) {
///     # LINKS.lock().unwrap().retain(|link| link.0 != article);
/// }
///
/// assert_eq!((favourites_of(1).len(), count(7), is_favourite(7, 1)), (0, 0, false));
/// let link = add(7, 1); // ends all three, and nothing of other articles and users
/// assert_eq!((favourites_of(1).len(), count(7), is_favourite(7, 1)), (1, 1, true));
/// link.remove();
/// assert_eq!((favourites_of(1).len(), count(7), is_favourite(7, 1)), (0, 0, false));
/// add(7, 1);
/// delete_article(7); // whose favourite it was is not known: the lists of all users end, too
/// assert_eq!((favourites_of(1).len(), count(7), is_favourite(7, 1)), (0, 0, false));
/// ```
#[cfg(feature = "macros")]
pub use gcache_macros::Invalidates;

/// Makes a function end the groups that it changes, after its body, whatever the outcome.
///
/// | where | ends |
/// | --- | --- |
/// | method with `&mut self` of a model | the groups of the row before and after the body |
/// | method that takes `self`, `&self` or a pointer to it | the groups of the row at entry |
/// | `impl` block | the same for each of its `&mut self` methods that has no `#[invalidates]` of its own |
/// | any function, `#[invalidates(Book, key = id)]` | those groups, their expressions evaluated at entry |
/// | `#[invalidates(result)]` | the groups of the rows that are returned: see [`Rows`] |
///
/// Groups are written as in [`cache_against`](macro@cache_against), and `result` may stand beside
/// them. What is not known to be untouched is ended: where a `&mut self` method panics or its future
/// is dropped in the middle, the whole model; where no rows are returned, by an error, a panic or a
/// dropped future, the models whose rows there might have been.
///
/// # Restrictions
///
/// - A `&mut self` method may not return a mutable borrow of the row, which is looked at after the body. What
///   it returns may be `impl Trait`.
/// - `&mut self` may be written out: `self: &mut Self`, `self: &mut Book`, `self: Pin<&mut Self>`,
///   `self: &mut Box<Self>`. A receiver behind an alias may hide such a reference, and is a mistake unless the
///   method has an `#[invalidates(..)]` that names what changes.
/// - A method that takes the row, by `self` or `mut self`, hands its later state to nobody whom this attribute
///   could ask: if it returns the row changed, say `#[invalidates(result, Book(self.id))]`.
/// - No `const fn`, since an invalidation is a thing of run time, and in a block with the attribute no macro
///   that may make methods: none is left out unseen.
/// - A function that returns a future has one block as its body, `async move { .. }` or
///   `Box::pin(async move { .. })`, as `#[async_trait]` makes it of a method: what changes has changed when
///   that ends, and not when the function returns. (A future behind an alias is not seen.)
/// - `#[tracing::instrument]` and other attributes go above or below.
///
/// # Futures that are dropped
///
/// A web server drops a request whose visitor has left, and a `select!` what was too slow; the database finishes
/// what it was sent. So where the future of an async body is dropped **in the middle**, its groups end at once, and
/// are then *in doubt* for ten seconds ([`set_doubt`]): calls compute, those who wait share a computation,
/// and what depends on these groups is kept for a second at most, until the doubt is over. A body that returned,
/// by `?` as well, or panicked leaves no doubt, and neither does one that was never polled. So a statement that
/// the body itself may give up, by a `timeout`, `select!` or `try_join!`, goes into an async function of its own
/// with the same `#[invalidates(..)]`: that is then what is dropped in the middle.
///
/// A statement that takes longer than the doubt leaves what was read before its end, until the group next
/// ends: give [`set_doubt`] more than the time after which the database gives a statement up, or let the whole go
/// on to its end with `gcache::finish` (feature `tokio`), which leaves no doubt at all. A `ttl` bounds what is left where
/// neither is possible.
///
/// A sync body leaves no doubt, and what is invalidated *by hand* after an `.await` is not invalidated at all where the
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
#[cfg(feature = "macros")]
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
#[cfg(feature = "macros")]
pub use gcache_macros::group;

/// Ends groups, written as in [`cache_against`](macro@cache_against), and returns what it did as
/// [`Invalidated`].
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
#[cfg(feature = "macros")]
pub use gcache_macros::invalidate;

/// Makes the cached body that is running depend on groups, written as in
/// [`cache_against`](macro@cache_against): for what it finds on the way.
///
/// If one of the groups was invalidated since the body began, the body may have read what the invalidation ended:
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
#[cfg(feature = "macros")]
pub use gcache_macros::depends_on;

#[doc(inline)]
pub use gcache_runtime::{
    Amount, Answer, By, Cached, CachedFunction, Config, DependsOn, ENTRY_BYTES, Edit, Fallible,
    GENERATION_BYTES, Group, GroupList, GroupNames, GroupStats, Groups, Index, IndexBy, Indexed,
    IntoKey, Invalidated, Invalidates, Key, Member, Patience, Report, Rows, Source, Stats, Tag,
    Transaction, Whole, by_index, bypass, bypass_async, clear, depends_on, expires_within,
    invalidate, invalidate_tag, member, of, set_doubt, set_enabled, stats, tag, whole,
};

#[cfg(feature = "tokio")]
#[doc(inline)]
pub use gcache_runtime::finish;

/// What generated code names. No part of the interface.
#[doc(hidden)]
pub use gcache_runtime::private as __private;

/// The pages of `docs/` whose code is compiled and run.
#[cfg(all(doctest, feature = "macros"))]
mod docs {
    #![doc = include_str!("../docs/recipes.md")]
    #![doc = include_str!("../docs/deadlocks.md")]
}
