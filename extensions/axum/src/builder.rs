//! Which pages a layer caches: the groups that they depend on, what they vary on, and how many are kept.

use crate::against::{Against, PathParams};
use crate::not_stored::NotStoredCounts;
use crate::notes::Notes;
use crate::page::Page;
use crate::pages::{Pages, Shared};
use crate::pass::Pass;
use crate::vary::{PageKey, Variation};
use gcache::{
    Cached, Config, ENTRY_BYTES, GENERATION_BYTES, Group, Groups, Index, IndexBy, Indexed,
    by_index, member, tag, whole,
};
use http::header::{AUTHORIZATION, HeaderName};
use std::str::FromStr;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Begins a layer that caches the pages of routes whose handlers stay as they are; it goes by `name` in
/// statistics.
///
/// A page is rendered for the request as far as it tells pages apart: path, query, host, and the headers and cookies that
/// are named to vary on. The handler finds no other ones, and no extension that a layer outside has put there, so that
/// no page can hold anything that is for one visitor alone. A response that may not be stored is not sent: the request is rendered
/// again, whole, and so are the next ones for that page [for a while](PagesBuilder::whole_for). The
/// [first page](crate#what-a-handler-sees) has the table.
///
/// ```
/// use axum::{Router, http::header::ACCEPT_LANGUAGE, routing::get};
/// use gcache::Invalidates;
/// use gcache_axum::pages;
///
/// #[derive(Invalidates)]
/// struct Movie {
///     id: i64,
///     #[group(index)]
///     genre: String,
/// }
///
/// let film = pages("film page")
///     .against_member::<Movie>("id")
///     .against_tag("layout")
///     .vary_header(ACCEPT_LANGUAGE)
///     .ignore_query()
///     .build();
/// let genre = pages("genre page")
///     .against_index::<Movie, _>(|movie| &movie.genre, "genre")
///     .vary_cookie("theme")
///     .vary_query("page")
///     .build();
///
/// let app: Router = Router::new()
///     .route("/film/{id}", get(|| async { "a film" }).layer(film.clone()))
///     .route("/genre/{genre}", get(|| async { "films" }).layer(genre));
/// assert_eq!(film.stats().misses, 0);
/// ```
pub fn pages(name: impl Into<String>) -> PagesBuilder {
    PagesBuilder {
        name: name.into(),
        against: Against::default(),
        through: false,
        variation: Variation::default(),
        pass: Pass::default(),
        limit: Page::LIMIT,
        whole_for: WHOLE_FOR,
        bound: Bound::Bytes(DEFAULT_WEIGHT),
        ttl: None,
        cache_status: false,
    }
}

/// How many bytes of pages a layer keeps, unless it says otherwise.
const DEFAULT_WEIGHT: u64 = 64 << 20;

/// How long a page that was found not to be storable is not tried again, unless a layer says otherwise.
const WHOLE_FOR: Duration = Duration::from_secs(10);

/// About how many bytes it takes to keep a page whose path names so many of the groups that it depends on.
///
/// Each of these may be of that page alone, and its key is about as long as the parameters that it is made of.
fn weight(key: &PageKey, page: Option<&Page>, named: usize) -> u64 {
    let texts = named * key.route.named() + key.weight() + page.map_or(0, Page::weight);
    ENTRY_BYTES + named as u64 * GENERATION_BYTES + texts as u64
}

/// How much a layer keeps.
#[derive(Clone, Copy, Debug)]
enum Bound {
    Bytes(u64),
    Pages(u64),
}

/// The groups that pages depend on, the inputs that they vary on, and how many are kept. Made by [`pages`].
///
/// | method | meaning | default |
/// | --- | --- | --- |
/// | `against`, `against_member`, `against_index`, `against_tag`, `against_groups` | the groups of a page; any number together | none; at least one, or `through` |
/// | `through` | the groups of the cached functions that handlers call are enough | off |
/// | `vary_header`, `vary_cookie` | request headers and cookies that change the page | none |
/// | `vary_query`, `ignore_query` | the query parameters that change the page | the whole query |
/// | `pass_header`, `pass_cookie`, `pass_extension` | inputs that handlers see although pages do not vary on them, at your own risk | none |
/// | `whole_for` | how long a page that cannot be stored is not tried again | 10 s |
/// | `body_limit` | the largest body that is stored, in bytes | 1 MiB |
/// | `max_weight`, `capacity` | how much is kept, in bytes or in pages | 64 MiB |
/// | `ttl` | a page is kept no longer | none |
/// | `cache_status` | say in a header whether the page was cached | off |
#[derive(Clone, Debug)]
#[must_use = "a layer is made by `build`"]
pub struct PagesBuilder {
    name: String,
    against: Against,
    through: bool,
    variation: Variation,
    pass: Pass,
    limit: usize,
    whole_for: Duration,
    bound: Bound,
    ttl: Option<Duration>,
    cache_status: bool,
}

impl PagesBuilder {
    /// Pages depend on any change of `G`.
    pub fn against<G: Group>(mut self) -> Self {
        self.against.add_common(whole::<G>);
        self
    }

    /// A page depends on the member of `G` whose key the path parameter `parameter` is. A request
    /// where it is missing or is no such key is served without the cache.
    pub fn against_member<G>(self, parameter: impl Into<String>) -> Self
    where
        G: Group<Key: FromStr>,
    {
        let parameter = parameter.into();
        self.against_groups(move |path| path.parse::<G::Key>(&parameter).map(member::<G>))
    }

    /// A page depends on the members of `G` that have the path parameter `parameter` for a value of
    /// the index that the closure picks, as in `|movie| &movie.genre`.
    pub fn against_index<G: Indexed, I: IndexBy<Value: FromStr>>(
        self,
        index: fn(&'static G::Indexes) -> &'static Index<I>,
        parameter: impl Into<String>,
    ) -> Self {
        let parameter = parameter.into();
        self.against_groups(move |path| {
            path.parse::<I::Value>(&parameter).map(|value| by_index::<G, I>(index, value))
        })
    }

    /// Pages depend on the free tag `name`.
    pub fn against_tag(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.against.add_common(move || tag(name.as_str()));
        self
    }

    /// A page depends on the groups that `groups` makes of its path. A request for which that is `None` is served
    /// without the cache.
    ///
    /// ```
    /// use gcache::group;
    /// use gcache_axum::{member, pages, tag};
    ///
    /// group!(Line: (u64, u32));
    ///
    /// let lines = pages("order line").against_groups(|path| {
    ///     let line = (path.parse("order")?, path.parse("number")?);
    ///     Some((member::<Line>(line), tag(format!("order {}", line.0))))
    /// });
    /// # lines.build();
    /// ```
    pub fn against_groups<G: Groups + Send + Sync + 'static>(
        mut self,
        groups: impl Fn(&PathParams) -> Option<G> + Send + Sync + 'static,
    ) -> Self {
        self.against.add(groups);
        self
    }

    /// Pages depend on all that the cached functions depend on that their handlers call, and on nothing
    /// else that is not named. (They do so in any case; this says that it is enough.)
    pub fn through(mut self) -> Self {
        self.through = true;
        self
    }

    /// Pages look different for different values of the request header `name`, and say so in `Vary`.
    pub fn vary_header(mut self, name: HeaderName) -> Self {
        self.variation.add_header(name);
        self
    }

    /// Pages look different for different values of the cookie `name`, say so in `Vary`, and are
    /// `private` to browsers.
    ///
    /// Values are compared as they come, and a handler finds the cookie with that value, if with any: one whose name
    /// has to be decoded first (`%74heme`) is another cookie.
    pub fn vary_cookie(mut self, name: impl Into<String>) -> Self {
        self.variation.add_cookie(name.into());
        self
    }

    /// Of the query only `parameter` matters, and others that are named like this. A handler finds these, in the order in
    /// which they are named here, and no other ones.
    pub fn vary_query(mut self, parameter: impl Into<String>) -> Self {
        self.variation.add_query(Some(parameter.into()));
        self
    }

    /// Nothing in the query matters, but for what [`vary_query`](Self::vary_query) names. A handler finds nothing else.
    pub fn ignore_query(mut self) -> Self {
        self.variation.add_query(None);
        self
    }

    /// Hands the request header `name` to handlers, though pages do not vary on it.
    ///
    /// **Everyone sees the page that a handler makes of it**, as the visitor sent it for whom the page happened to be
    /// rendered. It is for headers that handlers only log, or that are the same for all visitors. Where it changes the
    /// page, say [`vary_header`](Self::vary_header).
    pub fn pass_header(mut self, name: HeaderName) -> Self {
        self.pass.headers.push(name);
        self
    }

    /// Hands the cookie `name` to handlers, though pages do not vary on it.
    ///
    /// **Everyone sees the page that a handler makes of it**, as the visitor sent it for whom the page happened to be
    /// rendered: never a session. Where it changes the page, say [`vary_cookie`](Self::vary_cookie).
    pub fn pass_cookie(mut self, name: impl Into<String>) -> Self {
        self.pass.cookies.push(name.into());
        self
    }

    /// Hands the extension `T`, which a layer outside of this one has put into requests, to handlers.
    ///
    /// It is for a value that is the same for each request, such as `Extension(pool)` around the whole program.
    /// **Everyone sees the page that a handler makes of it**, as the visitor had it for whom the page happened to be
    /// rendered: never a session, a user, a CSRF token or `ConnectInfo`.
    ///
    /// ```
    /// use axum::{Extension, Router, routing::get};
    /// use gcache_axum::pages;
    ///
    /// #[derive(Clone)]
    /// struct Pool;
    ///
    /// let films = pages("films").through().pass_extension::<Pool>().build();
    /// let app: Router = Router::new()
    ///     .route("/films", get(async |Extension(_): Extension<Pool>| "films").layer(films))
    ///     .layer(Extension(Pool));
    /// ```
    pub fn pass_extension<T: Clone + Send + Sync + 'static>(mut self) -> Self {
        self.pass.add_extension::<T>();
        self
    }

    /// How long a page that was found not to be storable is not tried again: its requests are served as if this layer
    /// were not there. Up to 1,024 such pages are remembered.
    pub fn whole_for(mut self, period: Duration) -> Self {
        self.whole_for = period;
        self
    }

    /// The largest body that is stored, in bytes. A larger one is served as it is.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Keeps at most this many bytes of pages, their keys, and the memory that the cache itself needs for each, such as
    /// that of its groups.
    pub fn max_weight(mut self, bytes: u64) -> Self {
        self.bound = Bound::Bytes(bytes);
        self
    }

    /// Keeps at most this many pages, however large.
    pub fn capacity(mut self, pages: u64) -> Self {
        self.bound = Bound::Pages(pages);
        self
    }

    /// Keeps a page no longer than this.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Says in the header `Cache-Status` (RFC 9211) whether a page was cached: `gcache; hit`,
    /// `gcache; fwd=uri-miss`, with `; collapsed` where another request rendered it, or
    /// `gcache; fwd=bypass; detail=SetCookie` with the [`NotStored`](crate::NotStored) for which it was not.
    pub fn cache_status(mut self) -> Self {
        self.cache_status = true;
        self
    }

    /// The layer.
    ///
    /// # Panics
    ///
    /// Where pages name no groups: they would stay as they are for ever. Name a group,
    /// or say [`through`](Self::through).
    pub fn build(self) -> Pages {
        assert!(
            self.through || !self.against.is_empty(),
            "pages `{}` depend on nothing: name a group with `against..`, or say `through`",
            self.name
        );
        let varied = self.variation.header_names();
        let private = varied.iter().any(|name| name == AUTHORIZATION || name == "cookie");
        let named = self.against.named();
        let config = match self.bound {
            Bound::Bytes(max) => Config::new()
                .max_weight(max, move |key, page: &Option<Page>| weight(key, page.as_ref(), named)),
            Bound::Pages(max) => Config::new().capacity(max),
        };
        let config = match self.ttl {
            Some(ttl) => config.ttl(ttl),
            None => config,
        };
        let config = config.groups_only().cache_if(|_, page| page.is_some());
        Pages::new(Shared {
            memo: Cached::with(self.name, config),
            against: self.against,
            variation: self.variation,
            pass: self.pass,
            varied,
            private,
            notes: Notes::new(self.whole_for),
            limit: self.limit,
            cache_status: self.cache_status,
            reasons: NotStoredCounts::default(),
            not_modified: AtomicU64::default(),
        })
    }
}
