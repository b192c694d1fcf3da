//! The store against a server: `bash .ci/redis cargo test -p gcache-redis`.

mod fresh;
mod mishaps;
mod paused;
mod server;
mod together;

use super::{LinkView, NOTE_NUMBERS, Options, Secret, Session, Values, invalidated, number_prefix};
use gcache::link::{BoxFuture, NamedGroup};
use gcache::shared::{Computing, Found, Request, SharedStore, SharedValue};
use redis::Commands as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A namespace that no other test uses.
fn namespace() -> String {
    format!("test-{:032x}", fastrand::u128(..))
}

fn client() -> redis::Client {
    let url = std::env::var("GCACHE_REDIS");
    at(&url.expect("a server in GCACHE_REDIS: run `bash .ci/redis cargo test -p gcache-redis`"))
}

fn at(url: &str) -> redis::Client {
    redis::Client::open(url.trim_end_matches('/').to_owned() + "/?protocol=resp3").unwrap()
}

/// Which process a server is, as the link has it.
fn identity(client: &redis::Client) -> Arc<str> {
    let info = |section: &str| -> redis::InfoDict {
        redis::cmd("INFO").arg(section).query(&mut client.get_connection().unwrap()).unwrap()
    };
    let run = info("server").get::<String>("run_id").unwrap();
    let history = info("replication").get::<String>("master_replid").unwrap();
    format!("{run}/{history}").into()
}

/// What stands for the link of a process: it hears when the test says so.
struct FakeLink {
    namespace: String,
    client: Arc<redis::Client>,
    server: Arc<str>,
    incarnation: Mutex<Arc<str>>,
    heard: AtomicU64,
    is_trusted: AtomicBool,
    has_told: AtomicBool,
}

impl LinkView for FakeLink {
    fn session(&self) -> Option<Session> {
        self.is_trusted.load(Ordering::SeqCst).then(|| Session {
            incarnation: Arc::clone(&self.incarnation.lock().unwrap()),
            heard: self.heard.load(Ordering::SeqCst),
            server: Arc::clone(&self.server),
            client: self.client.clone(),
        })
    }

    fn told(&self) -> BoxFuture<'_, bool> {
        Box::pin(async { self.has_told.load(Ordering::SeqCst) })
    }
}

/// A process, as Redis sees it.
struct Process {
    link: Arc<FakeLink>,
    values: Values,
    connection: Mutex<redis::Connection>,
}

impl Process {
    fn of(namespace: &str) -> Self {
        Self::with(namespace, Duration::from_secs(5), b"a secret of the tests")
    }

    fn with(namespace: &str, patience: Duration, secret: &[u8]) -> Self {
        let (server, budget) = (client(), Duration::from_secs(5));
        Self::new(&server, server.clone(), namespace, (budget, patience), secret)
    }

    /// One that reaches the server by a client of its own.
    fn by(client: redis::Client, namespace: &str, budget: Duration) -> Self {
        Self::new(&self::client(), client, namespace, (budget, budget), b"a secret of the tests")
    }

    fn new(
        server: &redis::Client,
        own: redis::Client,
        namespace: &str,
        patience: (Duration, Duration),
        secret: &[u8],
    ) -> Self {
        let process = Self::linked(server, own, identity(server), namespace, patience, secret);
        process.hear();
        process.connect();
        process
    }

    /// One whose link takes the server for the process `identity`.
    fn linked(
        server: &redis::Client,
        own: redis::Client,
        identity: Arc<str>,
        namespace: &str,
        (budget, patience): (Duration, Duration),
        secret: &[u8],
    ) -> Self {
        let connection = server.get_connection().unwrap();
        let link = Arc::new(FakeLink {
            namespace: namespace.to_owned(),
            server: identity,
            incarnation: Mutex::new("".into()),
            heard: AtomicU64::new(0),
            is_trusted: AtomicBool::new(true),
            has_told: AtomicBool::new(true),
            client: Arc::new(own),
        });
        let options =
            Options { namespace: namespace.into(), secret: Secret::new(secret), budget, patience };
        let values = Values::start(Arc::clone(&link) as _, options).unwrap();
        Self { link, values, connection: Mutex::new(connection) }
    }

    fn state(&self) -> String {
        format!("{{{}}}:state", self.link.namespace)
    }

    /// Hears of everything.
    fn hear(&self) {
        let mut connection = self.connection.lock().unwrap();
        let fresh = format!("{:032x}", fastrand::u128(..));
        let _: bool = connection.hset_nx(self.state(), "inc", fresh).unwrap();
        let (incarnation, number): (String, Option<u64>) =
            connection.hmget(self.state(), &["inc", "n"]).unwrap();
        *self.link.incarnation.lock().unwrap() = incarnation.into();
        self.link.heard.store(number.unwrap_or(0), Ordering::SeqCst);
    }

    /// The first requests find no connection.
    fn connect(&self) {
        let until = Instant::now() + Duration::from_secs(10);
        while let Found::Nothing = self.ask("connect") {
            assert!(Instant::now() < until, "no connection: {:?}", self.values);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Invalidates as the link does. Nobody hears of it here.
    fn invalidate(&self, groups: &str) {
        let script = format!(
            "{NOTE_NUMBERS}
            redis.call('HSETNX', KEYS[1], 'inc', ARGV[1])
            local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
            note_numbers(KEYS[1], redis.call('HGET', KEYS[1], 'inc'), n, ARGV[2], 3)
            return n"
        );
        let script = redis::Script::new(&script);
        let mut call = script.key(self.state());
        call.arg(format!("{:032x}", fastrand::u128(..)))
            .arg(number_prefix(&self.link.namespace))
            .arg(invalidated(groups));
        let _: u64 = call.invoke(&mut self.connection.lock().unwrap()).unwrap();
    }

    fn ask(&self, argument: &str) -> Found {
        self.ask_for(argument, BOOK)
    }

    /// A call that names these groups.
    fn ask_for(&self, argument: &str, groups: &str) -> Found {
        self.values.look_up_blocking(request(argument, groups))
    }

    /// The right to compute.
    fn begin(&self, argument: &str) -> Box<dyn Computing> {
        match self.ask(argument) {
            Found::Compute(computing) => computing,
            other => panic!("{other:?}"),
        }
    }

    /// Computes a value of `groups`, and waits until it is stored or refused.
    fn share(&self, argument: &str, groups: &str) -> bool {
        self.finish(self.begin(argument), groups)
    }

    fn finish(&self, computing: Box<dyn Computing>, groups: &str) -> bool {
        self.finish_with(computing, value(groups))
    }

    fn finish_with(&self, computing: Box<dyn Computing>, value: SharedValue) -> bool {
        let counts = self.values.counts();
        let before = (counts.stored.load(Ordering::SeqCst), counts.refused.load(Ordering::SeqCst));
        computing.offer(value);
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            if counts.stored.load(Ordering::SeqCst) > before.0 {
                return true;
            }
            if counts.refused.load(Ordering::SeqCst) > before.1 {
                return false;
            }
            assert!(Instant::now() < until, "neither stored nor refused");
            std::thread::yield_now();
        }
    }

    /// Whether the value is read.
    fn reads(&self, argument: &str) -> bool {
        matches!(self.ask(argument), Found::Value(_))
    }
}

/// The group of book 7, as it is known before a body runs.
const BOOK: &str = r#"[["book","key",7]]"#;

fn named(groups: &str) -> Vec<NamedGroup> {
    serde_json::from_str(groups).unwrap()
}

fn request(argument: &str, groups: &str) -> Request {
    Request {
        function: "shop::title",
        fingerprint: [7; 16],
        secret: false,
        arguments: argument.as_bytes().to_vec(),
        groups: named(groups),
        ttl: Duration::from_secs(600),
    }
}

fn value(groups: &str) -> SharedValue {
    SharedValue { bytes: b"a value".to_vec(), groups: named(groups), ttl: Duration::from_secs(600) }
}
