//! The attributes, and how they are used.

#[allow(unused_imports, reason = "the docs link to them")]
use crate::{Fallible, Patience, Rows, Stats, set_doubt};

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
/// Without a group it says `found`: the body finds them all on its way, by [`depends_on!`](macro@crate::depends_on), by the cached
/// functions that it calls, or by `results`. A value for which it has found none is returned and not stored, since nothing
/// would invalidate it; [`Stats::groupless`] counts these.
///
/// An `Err` is returned and not stored, so of callers that wait for it one after the other tries again. With `cache_err_if`
/// or `cache_err_as` some errors are values, stored and invalidated as any other, and `cache_if` and `weigh` see the whole
/// `Result`:
///
/// ```
/// use gcache::{cache_against, group};
///
/// group!(Article: String);
///
/// #[derive(Clone, Debug, PartialEq)]
/// enum Error {
///     NotFound,
///     Busy,
/// }
///
/// impl Error {
///     fn is_not_found(&self) -> bool {
///         *self == Self::NotFound
///     }
/// }
///
/// #[cache_against(Article(slug), cache_err_if = Error::is_not_found)]
/// fn article(slug: &str) -> Result<String, Error> {
///     Err(if slug.is_empty() { Error::Busy } else { Error::NotFound })
/// }
///
/// // Where the error is not `Clone`: what is stored of it, if anything, and back.
/// #[cache_against(Article(slug), cache_err_as(|error: &Error| error.is_not_found().then_some(()), |()| Error::NotFound))]
/// fn other(slug: &str) -> Result<String, Error> {
///     article(slug)
/// }
///
/// assert_eq!((article("rust"), article("rust")), (Err(Error::NotFound), Err(Error::NotFound)));
/// assert_eq!((gcache::of(article).stats().hits, other("")), (1, Err(Error::Busy)));
/// ```
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
/// [recipe](crate::guide::recipes#tracinginstrument-above-or-below).
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
pub use gcache_macros::cache_against;

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
/// Groups are written as in [`cache_against`](macro@crate::cache_against), and `result` may stand beside them. When gcache cannot
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
pub use gcache_macros::invalidates;
