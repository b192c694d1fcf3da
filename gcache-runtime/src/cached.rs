//! A memo without a macro, for crates that build on the runtime.

use crate::answer::{Answer, Source};
use crate::cache::Memo;
use crate::call::{Call, Lookup, Miss, look_up};
use crate::call_site::CallSite;
use crate::config::Config;
use crate::context;
use crate::flights::Flights;
use crate::generations::KeyedGenerations;
use crate::groups::{Groups, Invalidated, Invalidation, OfKey, invalidate_key};
use crate::key::KeyPart;
use crate::returns::{Storable, StoreAll, StoreOk, Value};
use crate::stats::Stats;
use crate::sync::Arc;
use crate::testing::{self, Outcome};
use std::borrow::Borrow;
use std::hash::Hash;
use std::pin::pin;

/// A memo without a macro: values by key, each with the groups that it depends on.
///
/// All that holds for `#[cache_against]` functions holds for it: callers that miss together compute
/// once, a body that calls another cached one depends on what that depends on, and inside of a
/// [`Transaction`](crate::Transaction) nothing is stored. It is listed in [`stats`](crate::stats()),
/// by its name, together with all others of that name.
///
/// A key is looked up as borrowed: `&str` for a `String`. What several values decide is a tuple.
///
/// | call | body | stores |
/// | --- | --- | --- |
/// | [`get`](Self::get) | none: it only looks | – |
/// | [`get_with`](Self::get_with) | sync | what the body returns |
/// | [`try_get_with`](Self::try_get_with) | sync, fallible | the value of `Ok`; an error is returned and forgotten |
/// | [`get_with_async`](Self::get_with_async) | a future, polled on a miss only | its output |
/// | [`try_get_with_async`](Self::try_get_with_async) | a fallible future | the value of `Ok` |
///
/// The groups come from a closure that is called on a miss only, before the body runs. As an entry is found
/// by its key alone, they may depend on nothing that the key does not decide.
///
/// Clones share one memo. When the last of them is dropped its entries are, but for what other threads have
/// in their local caches, which they drop in passing. Its counts, its configuration and its emptied tables, of up to
/// about 60 bytes for each entry that it had, stay with the program, so make one a purpose and not one a request.
///
/// An entry ends when one of its groups is invalidated, or by its key: see [`invalidate`](Self::invalidate).
///
/// What has ended is freed in passing, without a call for it, by misses and by every 64th hit of a thread, of
/// whatever function: see [`clear`](Self::clear) for what frees it at once.
///
/// ```
/// use gcache::{Invalidates, invalidate};
/// use gcache::{Cached, Source, member, tag};
/// use std::sync::LazyLock;
///
/// #[derive(Invalidates)]
/// struct Book {
///     id: u64,
/// }
///
/// static PAGES: LazyLock<Cached<(u64, String), String>> =
///     LazyLock::new(|| Cached::new("shop::pages"));
///
/// fn page(id: u64, language: &str) -> gcache::Answer<String> {
///     let key = (id, language.to_owned());
///     PAGES.get_with(&key, || (member::<Book>(id), tag("layout")), || format!("book {id} in {language}"))
/// }
///
/// assert_eq!(page(7, "en").source, Source::Computed);
/// assert_eq!(page(7, "en").source, Source::Hit);
/// invalidate!(Book(7));
/// assert_eq!(page(7, "en").source, Source::Computed);
/// ```
pub struct Cached<K: 'static, V: 'static>(Arc<Owner<K, V>>);

/// What the clones of a handle share.
struct Owner<K: 'static, V: 'static> {
    site: &'static CallSite,
    memo: &'static Memo<K, V>,
    name: &'static str,
    /// By the hashes of the keys. None where no key is invalidated by itself.
    keys: Option<&'static KeyedGenerations<u64>>,
}

/// What evaluates the groups of a call, of one type for all calls, since a site tells memos apart by it.
type Evaluate<'a> = &'a mut dyn FnMut() -> Evaluated;

/// Made on a miss only.
type Evaluated = Box<dyn Groups + Send + Sync>;

impl<K, V> Cached<K, V>
where
    K: Clone + Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A memo of up to 10,000 entries, which goes by `name` in statistics.
    pub fn new(name: impl Into<String>) -> Self {
        Self::with(name, Config::new())
    }

    /// A memo with bounds and conditions of its own.
    pub fn with(name: impl Into<String>, config: Config<K, V>) -> Self {
        // Statistics outlive the handle.
        let name: &'static str = Box::leak(name.into().into_boxed_str());
        let keys = (!config.groups_only).then(|| &*Box::leak(Box::new(KeyedGenerations::new())));
        let flights: &'static Flights<K, V> = Box::leak(Box::new(Flights::new(config)));
        let site = CallSite::of_memo::<K, V, Evaluate<'_>>(name, flights);
        Self(Arc::new(Owner { site, memo: &flights.memo, name, keys }))
    }

    /// The value of `key`, if there is a fresh one: computes nothing, and waits for nobody.
    ///
    /// A value that it finds is a hit, as by any other call: its entry counts as used, and a cached body that
    /// looks depends on what the value depends on. A body that finds nothing depends on nothing by that. Nothing is
    /// found where a call would compute without looking: within [`bypass`](crate::bypass), while caching is
    /// [off](crate::set_enabled), and in a transaction that has changed what the value depends on.
    ///
    /// ```
    /// use gcache::{Cached, tag};
    ///
    /// let titles: Cached<String, u64> = Cached::new("docs::looked_up");
    /// assert_eq!(titles.get("Metropolis"), None);
    /// titles.get_with("Metropolis", || tag("movies"), || 1927);
    /// assert_eq!(titles.get("Metropolis"), Some(1927));
    /// ```
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        K: Borrow<Q>,
    {
        if context::is_bypassed() || !context::is_available() {
            return None;
        }
        let found = look_up::<StoreAll<V>, _>(self.0.memo, key, false).ok();
        found.inspect(|_| testing::record(Outcome::Hit))
    }

    /// Ends the entry of `key`, if there is one. A call that begins after this has returned computes, and takes
    /// nothing from a computation that began before; what such a computation comes to is not stored. Cached
    /// values that were computed from the entry end with it.
    ///
    /// In a [`Transaction`](crate::Transaction) this is held back until it commits.
    ///
    /// Keys are told apart by their hash here: an entry of another key that has the same ends, too. Where the memo is
    /// configured for [`groups_only`](Config::groups_only), or the key's `Hash` panics, all entries end.
    ///
    /// ```
    /// use gcache::{Cached, tag};
    ///
    /// let titles: Cached<u64, &str> = Cached::new("docs::ended_by_key");
    /// let title = |id: u64| titles.get_with(&id, || tag("movies"), || "Metropolis");
    /// (title(7), title(8));
    /// assert_eq!(titles.invalidate(&7).count(), 1);
    /// assert!(!title(7).is_hit());
    /// assert!(title(8).is_hit());
    /// ```
    pub fn invalidate<Q>(&self, key: &Q) -> Invalidated
    where
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        K: Borrow<Q>,
    {
        let (keys, memo) = (self.0.keys, self.0.memo);
        Invalidation::run(|it| invalidate_key(keys, || memo.hash(key), &memo.content, it))
    }

    /// The value of `key`, computed by `body` under `groups` if there is no fresh one.
    ///
    /// # Panics
    ///
    /// Where `groups` or `body` does, or the `Clone`, `Hash` or `Eq` of a key or value; the memo is as
    /// good as before.
    pub fn get_with<Q, G>(
        &self,
        key: &Q,
        groups: impl FnOnce() -> G,
        body: impl FnOnce() -> V,
    ) -> Answer<V>
    where
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        K: Borrow<Q>,
        G: Groups + Send + Sync + 'static,
    {
        let (value, source) = self.run(StoreAll::<V>::NEW, key, groups, body);
        Answer { value, source }
    }

    /// The value of `key`, computed by `body` under `groups` if there is no fresh one; an error is
    /// returned and not stored.
    ///
    /// ```
    /// use gcache::{Cached, tag};
    ///
    /// let numbers: Cached<String, u64> = Cached::new("docs::numbers");
    /// let number = |text: &str| numbers.try_get_with(text, || tag("numbers"), || text.parse::<u64>());
    /// assert!(number("seven").is_err());
    /// assert_eq!(number("7")?.value, 7);
    /// assert!(number("7")?.is_hit());
    /// # Ok::<(), std::num::ParseIntError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The body's. Of callers that wait for a body that fails, one after the other tries again.
    ///
    /// # Panics
    ///
    /// As [`get_with`](Self::get_with) does.
    pub fn try_get_with<Q, G, E>(
        &self,
        key: &Q,
        groups: impl FnOnce() -> G,
        body: impl FnOnce() -> Result<V, E>,
    ) -> Result<Answer<V>, E>
    where
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        K: Borrow<Q>,
        G: Groups + Send + Sync + 'static,
    {
        let (result, source) = self.run(StoreOk::<Result<V, E>>::NEW, key, groups, body);
        result.map(|value| Answer { value, source })
    }

    /// The value of `key`, computed by the future `body` under `groups` if there is no fresh one. On a
    /// hit the body is dropped without having been polled.
    ///
    /// ```
    /// use gcache::{Cached, tag};
    ///
    /// # pollster::block_on(async {
    /// let greetings: Cached<String, String> = Cached::new("docs::greetings");
    /// let body = async { "hello".to_owned() };
    /// let greeting = greetings.get_with_async("en", || tag("greetings"), body).await;
    /// assert_eq!(greeting.value, "hello");
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// As [`get_with`](Self::get_with) does.
    pub async fn get_with_async<Q, G>(
        &self,
        key: &Q,
        groups: impl FnOnce() -> G,
        body: impl Future<Output = V>,
    ) -> Answer<V>
    where
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        K: Borrow<Q>,
        G: Groups + Send + Sync + 'static,
    {
        let miss = match self.begin(StoreAll::<V>::NEW, key, groups) {
            Lookup::Hit(value) => return Answer { value, source: Source::Hit },
            Lookup::Miss(miss) => miss,
        };
        let (value, source) = finish_async(miss, body).await;
        Answer { value, source }
    }

    /// The value of `key`, computed by the future `body` under `groups` if there is no fresh one; an
    /// error is returned and not stored.
    ///
    /// # Errors
    ///
    /// The body's. Of callers that wait for a body that fails, one after the other tries again.
    ///
    /// # Panics
    ///
    /// As [`get_with`](Self::get_with) does.
    pub async fn try_get_with_async<Q, G, E>(
        &self,
        key: &Q,
        groups: impl FnOnce() -> G,
        body: impl Future<Output = Result<V, E>>,
    ) -> Result<Answer<V>, E>
    where
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        K: Borrow<Q>,
        G: Groups + Send + Sync + 'static,
    {
        // The error, which may not be `Send`, is held across no await.
        let miss = match self.begin(StoreOk::<Result<V, E>>::NEW, key, groups) {
            Lookup::Hit(hit) => return hit.map(|value| Answer { value, source: Source::Hit }),
            Lookup::Miss(miss) => miss,
        };
        let (result, source) = finish_async(miss, body).await;
        result.map(|value| Answer { value, source })
    }

    fn run<S, Q, G>(
        &self,
        storable: S,
        key: &Q,
        groups: impl FnOnce() -> G,
        body: impl FnOnce() -> S::Return,
    ) -> (S::Return, Source)
    where
        S: Storable<Stored = V>,
        Q: KeyPart<Owned = K> + ?Sized,
        G: Groups + Send + Sync + 'static,
    {
        match self.begin(storable, key, groups) {
            Lookup::Hit(value) => (value, Source::Hit),
            Lookup::Miss(miss) => {
                let mut source = Source::Joined;
                let value = miss.run(|| {
                    source = Source::Computed;
                    body()
                });
                (value, source)
            }
        }
    }

    fn begin<S, Q, G>(
        &self,
        storable: S,
        key: &Q,
        groups: impl FnOnce() -> G,
    ) -> Lookup<S, K, Evaluated>
    where
        S: Storable<Stored = V>,
        Q: KeyPart<Owned = K> + ?Sized,
        G: Groups + Send + Sync + 'static,
    {
        let (keys, memo) = (self.0.keys, self.0.memo);
        let mut groups = Some(groups);
        let mut evaluate = || -> Evaluated {
            let groups = groups.take().expect("a call evaluates its groups once");
            Box::new(OfKey { key: keys.map(|keys| (keys, memo.hash(key))), groups: groups() })
        };
        let evaluate: Evaluate<'_> = &mut evaluate;
        // The memo is made, so no options are asked for.
        Call::new(self.0.site, storable, key, evaluate).begin()
    }

    /// What happened in it since it was made.
    pub fn stats(&self) -> Stats {
        self.0.memo.stats()
    }

    /// Ends all its entries, and frees them, but for those in the local caches of other threads. A call that begins after
    /// this has returned computes.
    pub fn clear(&self) {
        self.0.memo.clear();
    }

    /// How many entries it has: [`Stats::entries`].
    pub fn len(&self) -> usize {
        self.0.memo.len()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name in statistics.
    pub fn name(&self) -> &'static str {
        self.0.name
    }
}

async fn finish_async<S, K, V>(
    miss: Miss<S, K, Evaluated>,
    body: impl Future<Output = S::Return>,
) -> (S::Return, Source)
where
    S: Storable<Stored = V>,
    K: Clone + Eq + Send + Sync + 'static,
    V: Value,
{
    let mut source = Source::Joined;
    let computed = async {
        source = Source::Computed;
        body.await
    };
    let value = miss.run_async(pin!(computed)).await;
    (value, source)
}

impl<K, V> Clone for Cached<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> std::fmt::Debug for Cached<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cached").field("name", &self.0.name).finish_non_exhaustive()
    }
}

impl<K, V> Drop for Owner<K, V> {
    fn drop(&mut self) {
        self.memo.clear();
        self.keys.inspect(|keys| keys.release());
    }
}
