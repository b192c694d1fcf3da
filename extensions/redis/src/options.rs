//! What is chosen about a link, and its start.

use crate::error::StartError;
use crate::link::Link;
use crate::machine::{Machine, Settings};
use crate::requests::{Names, Requests, Scripts, fresh_name};
use crate::server::{Logins, Server};
use crate::session;
use crate::shared::{Shared, View};
use crate::values::{self, Values};
use gcache::link::Covers;
use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::Runtime;

/// The bound where none is chosen.
const BOUND: Duration = Duration::from_secs(1);

/// The least bound. A thread that is asked to wake may sleep for some milliseconds more.
const LEAST_BOUND: Duration = Duration::from_millis(50);

/// The longest bound and lag, so that no sum of them overflows.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long a call waits for a shared value, where nothing else is said.
const VALUE_BUDGET: Duration = Duration::from_millis(50);

/// The longest namespace, in bytes.
const LONGEST_NAMESPACE: usize = 200;

/// What becomes of cached values while the server cannot be reached for longer than the bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenDown {
    /// They end, and what is computed lives for the bound. The promise holds.
    #[default]
    Distrust,
    /// They are used as if nothing was missed. The promise does not hold, and
    /// [`Status::is_bound_kept`](crate::Status::is_bound_kept) says so.
    Keep,
}

/// How values are shared, as chosen.
#[derive(Clone)]
struct ValueOptions {
    secret: Option<Vec<u8>>,
    budget: Duration,
    patience: Duration,
}

impl ValueOptions {
    fn new() -> Self {
        Self { secret: None, budget: VALUE_BUDGET, patience: VALUE_BUDGET }
    }

    fn checked(self, namespace: &str) -> Result<values::Options, StartError> {
        let Self { budget, patience, .. } = self;
        let secret = |secret: Vec<u8>| values::Secret::new(&secret).ok_or(StartError::Secret);
        let secret = self.secret.map(secret).transpose()?;
        Ok(values::Options { namespace: namespace.into(), secret, budget, patience })
    }
}

/// A link that is about to start: what [`connect`](crate::connect) returns.
#[derive(Clone)]
#[must_use = "a link begins with `start`"]
pub struct Options {
    url: String,
    logins: Logins,
    namespace: String,
    bound: Duration,
    patience: Option<Duration>,
    settle: Option<Duration>,
    when_down: WhenDown,
    fence_by_write: bool,
    guard_pauses: bool,
    values: Option<ValueOptions>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the URL nor the password: both may be secret.
        let Self {
            namespace,
            bound,
            patience,
            settle,
            when_down,
            fence_by_write,
            guard_pauses,
            ..
        } = self;
        f.debug_struct("Options")
            .field("namespace", namespace)
            .field("bound", bound)
            .field("patience", patience)
            .field("settle", settle)
            .field("when_down", when_down)
            .field("fence_by_write", fence_by_write)
            .field("guard_pauses", guard_pauses)
            .finish_non_exhaustive()
    }
}

impl Options {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            logins: Logins::default(),
            namespace: "gcache".into(),
            bound: BOUND,
            patience: None,
            settle: None,
            when_down: WhenDown::default(),
            fence_by_write: false,
            guard_pauses: false,
            values: None,
        }
    }

    /// Which processes belong together: those that share a database share a namespace. `gcache` if none is chosen. It is
    /// a part of names in Redis.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// T: how old a value may at most be, counted from when its invalidation was acknowledged. One second if none is
    /// chosen; 50 ms at least, and a year at most: a longer one is one of a year. Each process asks the server five times
    /// in it.
    pub fn bounded(mut self, bound: Duration) -> Self {
        self.bound = bound;
        self
    }

    /// For how long a future waits ([`Link::fence`], [`Link::acknowledged`], [`Link::caught_up`]) before it is
    /// [`Unreachable`](crate::Unreachable). Two bounds if none is chosen, and one second at least. The twins that block
    /// are told a patience of their own.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// The user and password of the server, in place of those of the URL.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.logins.servers = Some((Some(user.into()), password.into()));
        self
    }

    /// The password of the server, in place of that of the URL.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        let user = self.logins.servers.and_then(|(user, _)| user);
        self.logins.servers = Some((user, password.into()));
        self
    }

    /// The user and password of the Sentinels, which are not those of the servers. One whose `requirepass` alone is set has
    /// the user `default`.
    pub fn sentinel_credentials(
        mut self,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.logins.sentinels = Some((Some(user.into()), password.into()));
        self
    }

    /// For bodies that read a replica of the database, which is behind by at most `lag`: each invalidation is told a
    /// second time, and done a second time here, after so long.
    pub fn settle(mut self, lag: Duration) -> Self {
        self.settle = Some(lag);
        self
    }

    /// What becomes of cached values while the server cannot be reached.
    pub fn when_down(mut self, when_down: WhenDown) -> Self {
        self.when_down = when_down;
        self
    }

    /// Lets each fence write. So a server that was demoted is noticed at once and not within a second, and with
    /// `min-replicas-to-write` a primary that is cut off from its replicas is no longer trusted.
    pub fn fence_by_write(mut self) -> Self {
        self.fence_by_write = true;
        self
    }

    /// Shares the values of functions with `shared_values` through the server: a miss looks there before it computes. The
    /// page `docs/shared-values.md` says what stands there.
    pub fn shared_values(mut self) -> Self {
        self.values = self.values.or_else(|| Some(ValueOptions::new()));
        self
    }

    /// [Shares values](Self::shared_values) with a `secret` of at least 16 bytes that all processes of the namespace know.
    /// Values are signed with it, so that nobody else can put one there; that costs about a microsecond for each kilobyte
    /// of a value. The arguments of functions with `shared_values(secret)` are hashed with it. Without a secret those
    /// functions share nothing, which [`Counts::no_secret`](crate::values::Counts::no_secret) counts.
    pub fn value_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self = self.shared_values();
        if let Some(values) = &mut self.values {
            values.secret = Some(secret.as_ref().to_vec());
        }
        self
    }

    /// How long a call waits for a shared value: 50 ms if nothing else is said. A call that waits for nothing but the server
    /// waits for `budget`. One that finds another process computing waits for its value, for `patience` at most. After
    /// that it computes. Without [`shared_values`](Self::shared_values) it does nothing.
    pub fn value_budget(mut self, budget: Duration, patience: Duration) -> Self {
        if let Some(values) = &mut self.values {
            (values.budget, values.patience) = (budget, patience);
        }
        self
    }

    /// Lets each hit look whether the lease is over, for processes that are stopped as a whole: a container that is
    /// frozen, a virtual machine that moves. Without it the first calls after such a pause may be served before the
    /// thread that ends the lease has run. A hit then reads a coarse clock and validates its entry.
    pub fn guard_pauses(mut self) -> Self {
        self.guard_pauses = true;
        self
    }

    /// Starts the link. It returns at once, and connects in the background, for as long as the process lives.
    ///
    /// # Errors
    ///
    /// [`StartError`]: what is chosen makes no link, or the process has one. A server that is away is no error.
    pub fn start(self) -> Result<Link, StartError> {
        check_namespace(&self.namespace)?;
        if self.bound < LEAST_BOUND {
            return Err(StartError::Bound(LEAST_BOUND));
        }
        let bound = self.bound.min(YEAR);
        let patience = self.patience.unwrap_or((2 * bound).max(Duration::from_secs(1)));
        let values = self.values.map(|values| values.checked(&self.namespace)).transpose()?;
        let server = Server::parse(&self.url, &self.logins).map_err(StartError::Url)?;
        let random =
            |_| StartError::System(std::io::Error::other("the system gives no random bytes"));
        let origin: Box<str> = fresh_name().map_err(random)?.into();
        let requests = Requests {
            server,
            names: Names::of(&self.namespace),
            origin: origin.clone(),
            patience: bound.max(Duration::from_millis(500)),
            fence_by_write: self.fence_by_write,
            scripts: Scripts::default(),
        };
        let machine = Machine::new(Settings {
            bound,
            settle: self.settle.map(|lag| lag.min(YEAR)),
            seed: u64::from_str_radix(&origin[..16], 16).unwrap_or(0),
            origin,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(StartError::System)?;
        let timers = runtime.handle().clone();
        let mut shared = Shared::new(
            self.namespace.into(),
            (bound, patience),
            self.when_down,
            requests,
            machine,
            timers,
        );
        shared.guard_pauses = self.guard_pauses && self.when_down == WhenDown::Distrust;
        begin(shared, runtime, values)
    }
}

fn check_namespace(namespace: &str) -> Result<(), StartError> {
    let is_bad = |letter: char| {
        letter == '{' || letter == '}' || letter.is_whitespace() || letter.is_control()
    };
    if namespace.is_empty() {
        return Err(StartError::Namespace("it is empty"));
    }
    if namespace.len() > LONGEST_NAMESPACE {
        return Err(StartError::Namespace("it is longer than 200 bytes"));
    }
    if namespace.contains(is_bad) {
        return Err(StartError::Namespace("it has a brace, a space or a control character"));
    }
    Ok(())
}

/// Starts the threads, then links.
fn begin(
    shared: Shared,
    runtime: Runtime,
    values: Option<values::Options>,
) -> Result<Link, StartError> {
    // The core keeps the transport for as long as the process lives.
    let shared: &'static Shared = Box::leak(Box::new(shared));
    let link = gcache::link::Link {
        name: "redis",
        bound: shared.bound,
        covers: Covers::All,
        transport: Some(shared),
    };
    shared.linked(gcache::link::link(link).map_err(StartError::Link)?);
    let begin = |name: &str, run: Box<dyn FnOnce() + Send>| {
        thread::Builder::new().name(name.into()).spawn(run).map_err(StartError::System)
    };
    begin("gcache-lease", Box::new(|| shared.watch()))?;
    begin("gcache-redis", Box::new(move || runtime.block_on(session::run(shared))))?;
    let Some(values) = values else { return Ok(Link::new(shared, None)) };
    let values = Values::start(Arc::new(View(shared)), values).map_err(StartError::System)?;
    // The core keeps the store as it does the transport.
    let values: &'static Values = Box::leak(Box::new(values));
    gcache::shared::share_values(values).map_err(StartError::Values)?;
    Ok(Link::new(shared, Some(values)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(options: Options) -> String {
        options.start().unwrap_err().to_string()
    }

    #[test]
    fn what_makes_no_link_is_refused_by_name() {
        let options = || Options::new("redis://me:secret@127.0.0.1:1/".into());
        for namespace in ["", "a{b}", "}", "a b", "a\n", &"x".repeat(201)] {
            assert!(refused(options().namespace(namespace)).contains("namespace"), "{namespace:?}");
        }
        assert!(refused(options().bounded(Duration::from_millis(10))).contains("50ms"));
        assert!(refused(options().value_secret("too short")).contains("16 bytes"));
        let why = refused(Options::new("redis:/me:secret@127.0.0.1".into()));
        assert!(why.contains("URL") && !why.contains("secret"), "{why}");
    }

    #[test]
    fn no_secret_is_shown() {
        let options = Options::new("redis://me:secret@127.0.0.1:1/".into())
            .credentials("me", "hidden")
            .sentinel_credentials("me", "hidden");
        let shown = format!("{options:?}");
        assert!(!shown.contains("secret") && !shown.contains("hidden"), "{shown}");
    }
}
