//! Fragments of templates: the groups that they may name, and the handle on those that are cached.

use crate::call::{FragmentKey, Installed, Rendered, Shared, weigh};
use crate::groups::Names;
use crate::text::Texts;
use gcache::{
    Cached, Config, Group, GroupList, Index, IndexBy, Indexed, Stats, by_index, member, whole,
};
use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{Environment, State};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// Begins a function for templates that caches blocks; it goes by `name` in statistics.
///
/// ```
/// use gcache::Invalidates;
/// use gcache_minijinja::fragments;
/// use minijinja::{Environment, context};
///
/// #[derive(Invalidates)]
/// struct Movie {
///     id: i64,
///     #[group(index)]
///     genre: String,
/// }
///
/// let fragments = fragments("films")
///     .group::<Movie>("movie")
///     .index::<Movie, _>("movies_of_genre", |movie| &movie.genre)
///     .whole::<Movie>("movies")
///     .build();
/// let mut env = Environment::new();
/// fragments.install(&mut env);
/// env.add_template(
///     "film.html",
///     r#"{% call cached("title", movie=id, vary=[lang]) %}<h1>{{ title }}</h1>{% endcall %}"#,
/// )?;
///
/// let film = env.get_template("film.html")?;
/// let page = |title: &str| film.render(context! { id => 7, lang => "en", title });
/// assert_eq!(page("Metropolis")?, "<h1>Metropolis</h1>");
/// assert_eq!(page("M")?, "<h1>Metropolis</h1>"); // not rendered
/// invalidate_movie(7);
/// assert_eq!(page("M")?, "<h1>M</h1>");
/// # Ok::<(), minijinja::Error>(())
/// ```
pub fn fragments(name: impl Into<String>) -> FragmentsBuilder {
    let config = Config::new()
        .max_weight(DEFAULT_WEIGHT, weigh)
        .cache_if(|_, rendered| rendered.is_of_key())
        .groups_only();
    FragmentsBuilder { name: name.into(), names: Names::default(), config }
}

/// How many bytes of fragments are kept, unless something else is said.
const DEFAULT_WEIGHT: u64 = 64 << 20;

/// The groups that fragments may name, and how many fragments are kept. Made by [`fragments`].
#[derive(Debug)]
#[must_use = "fragments are made by `build`"]
pub struct FragmentsBuilder {
    name: String,
    names: Names,
    config: Config<FragmentKey, Rendered>,
}

impl FragmentsBuilder {
    /// Lets `name=key` in a template stand for the member of `G` with that key.
    ///
    /// # Panics
    ///
    /// Where the name is taken already, or is one of the words `tag`, `vary`, `through` and `caller`.
    pub fn group<G: Group<Key: DeserializeOwned>>(mut self, name: &str) -> Self {
        self.names.add_keyed(name, |key: G::Key, list| list.push(member::<G>(key)));
        self
    }

    /// Lets `name=value` in a template stand for the members of `G` that have that value in the index
    /// that the closure picks, as in `|movie| &movie.genre`.
    ///
    /// # Panics
    ///
    /// As [`group`](Self::group).
    pub fn index<G: Indexed, I: IndexBy<Value: DeserializeOwned>>(
        mut self,
        name: &str,
        index: fn(&'static G::Indexes) -> &'static Index<I>,
    ) -> Self {
        let add =
            move |value: I::Value, list: &mut GroupList| list.push(by_index::<G, I>(index, value));
        self.names.add_keyed(name, add);
        self
    }

    /// Lets `"name"` in a template stand for any change of `G`.
    ///
    /// # Panics
    ///
    /// Where the name is taken already by another whole group.
    pub fn whole<G: Group>(mut self, name: &str) -> Self {
        self.names.add_whole(name, |list| list.push(whole::<G>()));
        self
    }

    /// Keeps at most this many bytes of fragments; 64 MiB, unless it is said.
    pub fn max_weight(mut self, bytes: u64) -> Self {
        self.config = self.config.max_weight(bytes, weigh);
        self
    }

    /// Keeps at most this many fragments, however large.
    pub fn capacity(mut self, fragments: u64) -> Self {
        self.config = self.config.capacity(fragments);
        self
    }

    /// Keeps a fragment no longer than this.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.config = self.config.ttl(ttl);
        self
    }

    /// The fragments, of which there are none yet.
    pub fn build(self) -> Fragments {
        let memo = Cached::with(self.name, self.config);
        Fragments(Arc::new(Shared { memo, names: self.names }))
    }
}

/// The cached fragments of templates, and the handle on them. Clones are one. Made by [`fragments`].
#[derive(Clone, Debug)]
pub struct Fragments(Arc<Shared>);

impl Fragments {
    /// Gives the templates of `env` the function `cached`.
    ///
    /// Each installation has fragments of its own, since each environment may have filters, functions and
    /// settings of its own: call it once for an environment, and not once for a request. Clones of an
    /// environment are one with it, so install it in a clone once more before you give that another filter,
    /// function or formatter.
    pub fn install(&self, env: &mut Environment<'_>) {
        self.install_as(env, "cached");
    }

    /// The same under another name: for an environment with fragments of several kinds.
    pub fn install_as(&self, env: &mut Environment<'_>, function: impl Into<String>) {
        let function = function.into();
        let installed = Installed {
            shared: Arc::clone(&self.0),
            texts: Texts::default(),
            function: function.clone(),
        };
        let cached =
            move |state: &mut State<'_, '_>, name: String, groups: Rest<String>, words: Kwargs| {
                installed.call(state, name, &groups, &words)
            };
        env.add_global(function, Value::from_function(cached));
    }

    /// The counts so far.
    pub fn stats(&self) -> Stats {
        self.0.memo.stats()
    }

    /// Forgets all fragments. To be called after a change of a filter, of a
    /// formatter, or a template that is included by a name which is put together.
    pub fn clear(&self) {
        self.0.memo.clear();
    }
}
