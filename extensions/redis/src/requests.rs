//! What the server is asked, and with which scripts.

use crate::machine::{Position, Reply, Request};
use crate::message::Message;
use crate::server::{Server, host};
use crate::trouble::Trouble;
use crate::values::{NOTE_NUMBERS, invalidated, number_prefix};
use redis::aio::{MultiplexedConnection, SendError};
use redis::{
    AsyncConnectionConfig, Client, FromRedisValue, PushInfo, RedisResult, Script, ScriptInvocation,
    cmd,
};
use std::sync::Arc;
use std::time::Duration;

/// Counts, publishes and logs an invalidation, all in one: so whoever has heard all numbers has missed nothing.
///
/// `KEYS`: state, log. `ARGV`: a fresh incarnation, the channel, who tells, the groups, `PUBLISH` or `SPUBLISH`, this
/// server or nothing.
///
/// From the seventh on: the names of the groups whose numbers are noted for shared values, if the namespace has any.
///
/// A message that is too long for the log stands there as everything. The log has the numbers as its ids, so it begins
/// anew with them.
const INVALIDATE: &str = r#"
if redis.call('HSETNX', KEYS[1], 'inc', ARGV[1]) == 1 then redis.call('HSET', KEYS[1], 'by', ARGV[6]) end
local inc = redis.call('HGET', KEYS[1], 'inc')
local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
local head = inc .. ' ' .. n .. ' ' .. ARGV[3] .. '\n'
redis.call(ARGV[5], ARGV[2], head .. ARGV[4])
local text = head .. ARGV[4]
if #ARGV[4] > 16384 then text = head .. '[["*"]]' end
local function log() return redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', 10000, n .. '-0', 'm', text) end
local logged = log()
if n == 1 or (type(logged) == 'table' and logged['err']) then
  redis.pcall('DEL', KEYS[2])
  log()
end
note_numbers(KEYS[1], inc, n, ARGV[7], 8)
return {inc, n}
"#;

/// Makes the state if there is none, and reads it. `KEYS`: state. `ARGV`: a fresh incarnation, this server or nothing.
///
/// A state in which another server has counted gets a new incarnation: that server may have counted more than came
/// here, and the same numbers would stand for other invalidations.
const OPEN: &str = r"
redis.call('HSETNX', KEYS[1], 'inc', ARGV[1])
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], 'by') ~= ARGV[2] then
  redis.call('HSET', KEYS[1], 'inc', ARGV[1], 'by', ARGV[2])
end
return redis.call('HMGET', KEYS[1], 'inc', 'n')
";

/// So many messages of the log are read at once.
const PAGE: usize = 1_000;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The names of a namespace in Redis. The braces keep them in one slot of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) state: String,
    pub(crate) channel: String,
    pub(crate) log: String,
    /// What the keys of numbers begin with.
    pub(crate) numbers: String,
}

impl Names {
    pub(crate) fn of(namespace: &str) -> Self {
        let name = |what| format!("{{{namespace}}}:{what}");
        Self {
            state: name("state"),
            channel: name("invalidations"),
            log: name("log"),
            numbers: number_prefix(namespace),
        }
    }
}

/// How requests are made, the same for all sessions.
pub(crate) struct Requests {
    pub(crate) server: Server,
    pub(crate) names: Names,
    /// Who this process is, in its messages.
    pub(crate) origin: Box<str>,
    /// How long a reply may take.
    pub(crate) patience: Duration,
    /// Whether a fence writes, which only a primary does.
    pub(crate) fence_by_write: bool,
    pub(crate) scripts: Scripts,
}

/// The scripts, with their hashes.
pub(crate) struct Scripts {
    pub(crate) invalidate: Script,
    open: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            invalidate: Script::new(&format!("{NOTE_NUMBERS}{INVALIDATE}")),
            open: Script::new(OPEN),
        }
    }
}

impl Scripts {
    /// Counts, publishes and logs an invalidation of the groups in `body`, by a process called `origin`. `identity` is the
    /// server's, where it is known.
    pub(crate) fn invalidate(
        &self,
        names: &Names,
        is_sharded: bool,
        (fresh, origin): (String, &str),
        body: &str,
        identity: &str,
    ) -> ScriptInvocation<'_> {
        let mut script = self.invalidate.prepare_invoke();
        script.key(&names.state).key(&names.log);
        script.arg(fresh).arg(&names.channel).arg(origin).arg(body);
        script.arg(if is_sharded { "SPUBLISH" } else { "PUBLISH" }).arg(identity);
        script.arg(&names.numbers).arg(invalidated(body));
        script
    }
}

/// One connection. It dies once.
#[derive(Clone)]
pub(crate) struct Connection {
    redis: MultiplexedConnection,
    about: About,
    /// Where it leads.
    at: String,
    client: Arc<Client>,
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    /// Such as `valkey 9.1.2 at 127.0.0.1:6379`.
    pub(crate) text: Arc<str>,
    /// Which process it is, and which history it writes on. A server that was a replica in between has another one.
    pub(crate) identity: Option<Arc<str>>,
    is_primary: bool,
    version: (u32, u32),
}

impl About {
    fn read(info: &str, at: &str) -> Self {
        let field = |name: &str| {
            let mut lines = info.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let version = field("redis_version").unwrap_or("?");
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        let text = match (field("server_name"), field("valkey_version")) {
            (_, Some(valkey)) => format!("valkey {valkey} at {at}"),
            (Some(name), None) if name != "redis" => format!("{name} {version} at {at}"),
            _ => format!("redis {version} at {at}"),
        };
        Self {
            text: text.into(),
            identity: field("run_id")
                .map(|run| format!("{run}/{}", field("master_replid").unwrap_or("")).into()),
            is_primary: field("role").is_none_or(|role| role == "master"),
            version: (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)),
        }
    }
}

type Answer<T> = Result<T, Trouble>;

impl Requests {
    /// Connects to the primary, whose messages `hear` is given from the subscription on.
    pub(crate) async fn connect(
        &self,
        hear: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> Answer<Connection> {
        install_cryptography();
        let info = self.server.primary(&self.names.state).await?;
        let at = host(&info);
        let of = |error| Trouble::of(&format!("to connect to {at}"), &error);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(self.patience))
            .set_push_sender(move |push| {
                hear(push);
                Ok::<(), SendError>(())
            });
        let client = Client::open(info).map_err(of)?;
        let mut redis =
            client.get_multiplexed_async_connection_with_config(&config).await.map_err(of)?;
        let about = ask_about(&mut redis, &at).await?;
        self.check_still(&at).await?;
        if self.server.is_sharded() && about.version < (7, 0) {
            return Err(Trouble::new(format!(
                "{} is too old: in a cluster the link needs sharded channels, which servers have from version 7.0 on",
                about.text
            )));
        }
        Ok(Connection { redis, about, at, client: Arc::new(client) })
    }

    /// Asks what is asked on a connection.
    pub(crate) async fn ask(&self, connection: &mut Connection, request: Request) -> Answer<Reply> {
        let Self { names, .. } = self;
        let redis = &mut connection.redis;
        match request {
            // Connections are made by `connect`.
            Request::Connect { .. } => Err(Trouble::new("there is a connection")),
            Request::Subscribe => {
                let command = if self.server.is_sharded() { "SSUBSCRIBE" } else { "SUBSCRIBE" };
                let done = match command {
                    "SUBSCRIBE" => redis.subscribe(&names.channel).await,
                    // Its confirmation is its reply.
                    _ => cmd(command)
                        .arg(&names.channel)
                        .query_async::<redis::Value>(redis)
                        .await
                        .map(drop),
                };
                done.map_err(|error| {
                    Trouble::of(&format!("to subscribe to {}", names.channel), &error)
                })?;
                Ok(Reply::Subscribed)
            }
            Request::Open { server } => {
                let mut script = self.scripts.open.prepare_invoke();
                script
                    .key(&names.state)
                    .arg(fresh_name()?)
                    .arg(server.as_deref().unwrap_or_default());
                let state = script.invoke_async(redis).await;
                read_state(state, &format!("to make {}", names.state))
            }
            Request::Log { after } => {
                let mut command = cmd("XRANGE");
                command
                    .arg(&names.log)
                    .arg(format!("{}-0", after.saturating_add(1)))
                    .arg("+")
                    .arg("COUNT")
                    .arg(PAGE);
                let page: RedisResult<Vec<(String, Vec<Vec<u8>>)>> =
                    command.query_async(redis).await;
                let page =
                    page.map_err(|error| Trouble::of(&format!("to read {}", names.log), &error))?;
                let message = |(_, fields): &(String, Vec<Vec<u8>>)| Message::read(fields.get(1)?);
                Ok(Reply::Logged(page.iter().map(message).collect()))
            }
            Request::Tell { body } => {
                let script = self.scripts.invalidate(
                    names,
                    self.server.is_sharded(),
                    (fresh_name()?, &self.origin),
                    &body,
                    connection.about.identity.as_deref().unwrap_or_default(),
                );
                let (incarnation, number): (String, u64) =
                    script.invoke_async(redis).await.map_err(|error| {
                        Trouble::of(
                            &format!("to write {} and {} by a script", names.state, names.log),
                            &error,
                        )
                    })?;
                Ok(Reply::Told(Position { incarnation: incarnation.into(), number }))
            }
            Request::Fence { role } => {
                if self.fence_by_write {
                    let written = cmd("HINCRBY")
                        .arg(&names.state)
                        .arg("f")
                        .arg(1)
                        .query_async::<u64>(redis)
                        .await;
                    written.map_err(|error| {
                        Trouble::of(&format!("to write {}", names.state), &error)
                    })?;
                }
                let state =
                    cmd("HMGET").arg(&names.state).arg("inc").arg("n").query_async(redis).await;
                let reply = read_state(state, &format!("to read {}", names.state))?;
                // After the state: so the server was a primary when it read it.
                if role && ask_about(redis, "").await?.identity != connection.about.identity {
                    return Err(Trouble::new("the server's role has changed"));
                }
                if role {
                    self.check_still(&connection.at).await?;
                }
                Ok(reply)
            }
        }
    }

    /// Whether the sentinels still name the primary at `at`, which has just answered. It may have stood still while a
    /// replica took its place, and go on as if nothing had been.
    async fn check_still(&self, at: &str) -> Answer<()> {
        if self.server.is_still(at).await {
            return Ok(());
        }
        Err(Trouble::new("the sentinels name another primary"))
    }
}

impl Connection {
    pub(crate) fn about(&self) -> &About {
        &self.about
    }

    /// How to reach the same server once more.
    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }
}

pub(crate) async fn ask_about(redis: &mut MultiplexedConnection, at: &str) -> Answer<About> {
    let mut info = String::new();
    // One section a command: servers before 7.0 take no more.
    for section in ["server", "replication"] {
        let text: RedisResult<String> = cmd("INFO").arg(section).query_async(redis).await;
        info += &text.map_err(|error| Trouble::of("to tell who it is (INFO)", &error))?;
        info.push('\n');
    }
    let about = About::read(&info, at);
    if about.is_primary {
        Ok(about)
    } else {
        Err(Trouble::new(format!("{} is a replica", about.text)))
    }
}

fn read_state(state: RedisResult<redis::Value>, step: &str) -> Answer<Reply> {
    let of = |error| Trouble::of(step, &error);
    let read = |value| {
        <(Option<String>, Option<u64>)>::from_redis_value(value).map_err(|error| of(error.into()))
    };
    let (incarnation, count) = read(state.map_err(of)?)?;
    Ok(Reply::State { incarnation: incarnation.map(Arc::from), count: count.unwrap_or(0) })
}

/// A name that nothing else has.
pub(crate) fn fresh_name() -> Answer<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Trouble::new(format!("the system gives no random bytes: {error}")))?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}

/// The program may have chosen its cryptography. If not, TLS would panic where several are built in.
pub(crate) fn install_cryptography() {
    #[cfg(feature = "tls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_who_it_is() {
        let info = "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\nrun_id:ab\r\n\n\
                    role:master\r\nmaster_replid:cd\r\n";
        let about = About::read(info, "h:1");
        assert_eq!(&*about.text, "valkey 9.1.2 at h:1");
        assert_eq!(about.identity.as_deref(), Some("ab/cd"));
        assert!(about.is_primary);
        assert_eq!(about.version, (7, 2));
        let about = About::read("redis_version:6.2.5\r\nrole:slave\r\n", "h:1");
        assert_eq!(
            (&*about.text, about.identity, about.is_primary),
            ("redis 6.2.5 at h:1", None, false)
        );
    }

    #[test]
    fn names_lie_in_one_slot() {
        let names = Names::of("shop");
        assert_eq!(
            [&*names.state, &names.channel, &names.log],
            ["{shop}:state", "{shop}:invalidations", "{shop}:log"]
        );
    }

    #[test]
    fn fresh_names_differ() {
        assert_ne!(fresh_name().unwrap(), fresh_name().unwrap());
    }
}
