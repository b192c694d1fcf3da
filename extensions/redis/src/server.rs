//! Where the server is: the URL, and which of several servers is the primary.

use crate::trouble::Trouble;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    ProtocolVersion, RedisResult, Value,
};
use std::fmt;
use std::time::Duration;

/// How long a server may take to accept a connection, and to answer where the primary is.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long sentinels may take to say who is the primary while there is one: a fence waits for it.
const SOON: Duration = Duration::from_millis(100);

/// Where the server is, by a URL.
#[derive(Clone)]
pub(crate) enum Server {
    /// One server.
    Plain(Box<ConnectionInfo>),
    /// The primary that sentinels name.
    Sentinel { sentinels: Vec<ConnectionInfo>, primary: String, settings: Box<ConnectionInfo> },
    /// The primary of a slot of a cluster.
    Cluster { seeds: Vec<ConnectionInfo> },
}

/// A user, if it has a name, and a password.
pub(crate) type Login = (Option<String>, String);

/// How to log in, where that is not in the URL.
#[derive(Clone, Default)]
pub(crate) struct Logins {
    /// To the servers.
    pub(crate) servers: Option<Login>,
    /// To the Sentinels.
    pub(crate) sentinels: Option<Login>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No URL: it may have a password.
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Sentinel { .. } => "Sentinel",
            Self::Cluster { .. } => "Cluster",
        })
    }
}

impl Server {
    /// Reads a URL; the error says what is wrong with it, and repeats nothing of it.
    pub(crate) fn parse(url: &str, logins: &Logins) -> Result<Self, &'static str> {
        let (scheme, rest) = url.split_once("://").ok_or("it has no scheme, such as redis://")?;
        let with = |info: ConnectionInfo| with_login(info, logins.servers.as_ref());
        let (scheme, kind) = match scheme {
            "redis" | "rediss" | "unix" | "redis+unix" => {
                return plain(url).map(|info| Self::Plain(Box::new(with(info))));
            }
            "redis+sentinel" => ("redis", Kind::Sentinel),
            "rediss+sentinel" => ("rediss", Kind::Sentinel),
            "redis+cluster" => ("redis", Kind::Cluster),
            "rediss+cluster" => ("rediss", Kind::Cluster),
            _ => {
                return Err(
                    "its scheme is none of redis, rediss, unix, redis+unix, redis+sentinel, redis+cluster",
                );
            }
        };
        let (login, rest) = rest.rsplit_once('@').map_or(("", rest), |(login, rest)| (login, rest));
        let login = if login.is_empty() { String::new() } else { format!("{login}@") };
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let hosts = hosts.split(',').filter(|host| !host.is_empty()).collect::<Vec<_>>();
        if hosts.is_empty() {
            return Err("it names no host");
        }
        match kind {
            Kind::Cluster => {
                let seeds =
                    hosts.iter().map(|host| plain(&format!("{scheme}://{login}{host}/")).map(with));
                Ok(Self::Cluster { seeds: seeds.collect::<Result<_, _>>()? })
            }
            Kind::Sentinel => {
                let (primary, database) = path.split_once('/').unwrap_or((path, ""));
                if primary.is_empty() {
                    return Err("it does not name the primary, as in redis+sentinel://a,b,c/NAME");
                }
                // The login of the URL is that of the servers.
                let sentinels = hosts.iter().map(|host| {
                    plain(&format!("{scheme}://{}/", with_port(host)))
                        .map(|info| with_login(info, logins.sentinels.as_ref()))
                });
                let settings =
                    plain(&format!("{scheme}://{login}localhost/{database}")).map(with)?;
                Ok(Self::Sentinel {
                    sentinels: sentinels.collect::<Result<_, _>>()?,
                    primary: primary.to_owned(),
                    settings: Box::new(settings),
                })
            }
        }
    }

    /// Whether channels belong to slots, as the state does.
    pub(crate) fn is_sharded(&self) -> bool {
        matches!(self, Self::Cluster { .. })
    }

    /// How to reach the primary of a key now.
    pub(crate) async fn primary(&self, key: &str) -> Result<ConnectionInfo, Trouble> {
        match self {
            Self::Plain(info) => Ok((**info).clone()),
            Self::Sentinel { sentinels, primary, settings } => {
                let asked =
                    async |info: &ConnectionInfo| ask_sentinel(info, primary, settings).await;
                first(sentinels, "no sentinel answered", asked).await
            }
            Self::Cluster { seeds } => {
                let asked = async |info: &ConnectionInfo| ask_cluster(info, key).await;
                first(seeds, "no node of the cluster answered", asked).await
            }
        }
    }
}

impl Server {
    /// Whether the sentinels still name the primary of a connection, as far as they say at once. A primary that was
    /// replaced answers as one for up to ten seconds more, until they have told it.
    pub(crate) async fn is_still(&self, primary: &str) -> bool {
        match self {
            Self::Plain(_) | Self::Cluster { .. } => true,
            Self::Sentinel { .. } => {
                let named = tokio::time::timeout(SOON, self.primary("")).await;
                named.ok().and_then(Result::ok).is_none_or(|named| host(&named) == primary)
            }
        }
    }
}

enum Kind {
    Sentinel,
    Cluster,
}

fn plain(url: &str) -> Result<ConnectionInfo, &'static str> {
    if cfg!(not(feature = "tls")) && url.starts_with("rediss") {
        return Err("rediss:// needs the feature `tls` of gcache-redis");
    }
    let info = url.into_connection_info().map_err(|_| "it is not the URL of a server")?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    // A request is one small packet, which must not wait for another.
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    Ok(info.set_redis_settings(settings).set_tcp_settings(tcp))
}

/// The host of a sentinel, with the usual port if it has none.
fn with_port(host: &str) -> String {
    let is_bare = match host.rfind(']') {
        Some(end) => !host[end..].contains(':'),
        None => !host.contains(':'),
    };
    if is_bare { format!("{host}:26379") } else { host.to_owned() }
}

fn with_login(info: ConnectionInfo, login: Option<&Login>) -> ConnectionInfo {
    let Some((user, password)) = login else { return info };
    let mut settings = info.redis_settings().clone().set_password(password);
    if let Some(user) = user {
        settings = settings.set_username(user);
    }
    info.set_redis_settings(settings)
}

/// What the first server says that knows.
async fn first(
    servers: &[ConnectionInfo],
    none: &str,
    ask: impl AsyncFn(&ConnectionInfo) -> Result<ConnectionInfo, Trouble>,
) -> Result<ConnectionInfo, Trouble> {
    let mut trouble = Trouble::new(none);
    for server in servers {
        match tokio::time::timeout(2 * PATIENCE, ask(server)).await {
            Ok(Ok(primary)) => return Ok(primary),
            Ok(Err(why)) => trouble = Trouble::new(format!("{none}: {why}")),
            Err(_) => {}
        }
    }
    Err(trouble)
}

async fn query<T: redis::FromRedisValue>(
    info: &ConnectionInfo,
    command: &redis::Cmd,
) -> RedisResult<T> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    let client = Client::open(info.clone())?;
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    command.query_async(&mut connection).await
}

async fn ask_sentinel(
    sentinel: &ConnectionInfo,
    primary: &str,
    settings: &ConnectionInfo,
) -> Result<ConnectionInfo, Trouble> {
    let mut command = redis::cmd("SENTINEL");
    command.arg("GET-MASTER-ADDR-BY-NAME").arg(primary);
    let found: Option<(String, u16)> = query(sentinel, &command)
        .await
        .map_err(|error| Trouble::of("to ask a sentinel", &error))?;
    let (host, port) = found
        .ok_or_else(|| Trouble::new(format!("the sentinels know no primary named {primary:?}")))?;
    Ok(at(settings, host, port))
}

/// The same settings at another address.
fn at(settings: &ConnectionInfo, host: String, port: u16) -> ConnectionInfo {
    let addr = match settings.addr() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        _ => ConnectionAddr::Tcp(host, port),
    };
    settings.clone().set_addr(addr)
}

/// The host and port of an address.
pub(crate) fn host(info: &ConnectionInfo) -> String {
    info.addr().to_string()
}

async fn ask_cluster(node: &ConnectionInfo, key: &str) -> Result<ConnectionInfo, Trouble> {
    let of = |error| Trouble::of("to ask the cluster for its slots", &error);
    let mut command = redis::cmd("CLUSTER");
    command.arg("KEYSLOT").arg(key);
    let slot: u64 = query(node, &command).await.map_err(of)?;
    let mut command = redis::cmd("CLUSTER");
    command.arg("SLOTS");
    let slots: Vec<Vec<Value>> = query(node, &command).await.map_err(of)?;
    let range = slots.iter().find_map(|range| primary_of(range, slot));
    let (found, port) =
        range.ok_or_else(|| Trouble::new(format!("no node of the cluster serves slot {slot}")))?;
    // A node that does not know its own address leaves it out.
    let own = match node.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host.clone(),
        _ => String::new(),
    };
    let is_known = !found.is_empty() && found != "?";
    Ok(at(node, if is_known { found } else { own }, port))
}

/// The primary of a range of `CLUSTER SLOTS`, if the slot is in it.
fn primary_of(range: &[Value], slot: u64) -> Option<(String, u16)> {
    let [first, last, Value::Array(primary), ..] = range else { return None };
    let number = |value: &Value| redis::from_redis_value::<u64>(value.clone()).ok();
    if !(number(first)?..=number(last)?).contains(&slot) {
        return None;
    }
    let [host, port, ..] = primary.as_slice() else { return None };
    let host = redis::from_redis_value::<Option<String>>(host.clone()).ok()?.unwrap_or_default();
    Some((host, u16::try_from(number(port)?).ok()?))
}

/// User, password and database.
#[cfg(test)]
fn login(info: &ConnectionInfo) -> (Option<&str>, Option<&str>, i64) {
    let settings = info.redis_settings();
    (settings.username(), settings.password(), settings.db())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Server, &'static str> {
        Server::parse(url, &Logins::default())
    }

    #[test]
    fn a_plain_url_is_one_server() {
        let Ok(Server::Plain(info)) = parse("redis://me:secret@cache.internal:7000/3") else {
            panic!()
        };
        assert_eq!(host(&info), "cache.internal:7000");
        assert_eq!(login(&info), (Some("me"), Some("secret"), 3));
        assert!(matches!(parse("unix:///run/redis.sock"), Ok(Server::Plain(_))));
        assert!(matches!(parse("redis+unix:///run/redis.sock"), Ok(Server::Plain(_))));
    }

    #[test]
    fn sentinels_name_a_primary() {
        let Ok(Server::Sentinel { sentinels, primary, settings }) =
            parse("redis+sentinel://me:secret@a,b:5000,[::1]/cache/2")
        else {
            panic!()
        };
        let hosts = sentinels.iter().map(host).collect::<Vec<_>>();
        assert_eq!(hosts[..2], ["a:26379", "b:5000"]);
        assert!(hosts[2].ends_with(":26379"), "{hosts:?}");
        assert_eq!(login(&sentinels[0]), (None, None, 0), "their login is another one");
        assert_eq!(primary, "cache");
        assert_eq!(login(&settings), (Some("me"), Some("secret"), 2));
        assert_eq!(host(&at(&settings, "p".into(), 1)), "p:1");

        let logins = Logins { sentinels: Some((None, "pw".into())), ..Logins::default() };
        let url = "redis+sentinel://me:secret@a/cache";
        let Ok(Server::Sentinel { sentinels, settings, .. }) = Server::parse(url, &logins) else {
            panic!()
        };
        assert_eq!(login(&sentinels[0]), (None, Some("pw"), 0));
        assert_eq!(login(&settings), (Some("me"), Some("secret"), 0));
    }

    #[test]
    fn nodes_of_a_cluster_are_seeds() {
        let servers = Some((Some("me".into()), "pw".into()));
        let logins = Logins { servers, ..Logins::default() };
        let Ok(Server::Cluster { seeds }) = Server::parse("redis+cluster://a,b:7001/", &logins)
        else {
            panic!()
        };
        assert_eq!(seeds.iter().map(host).collect::<Vec<_>>(), ["a:6379", "b:7001"]);
        assert_eq!(login(&seeds[1]), (Some("me"), Some("pw"), 0));
    }

    #[test]
    fn what_is_no_url_is_refused_without_its_secrets() {
        for url in [
            "",
            "cache:6379",
            "http://me:secret@cache/",
            "redis+sentinel://a,b/",
            "redis+cluster:///",
            "redis://me:secret@[/",
        ] {
            let why = parse(url).unwrap_err();
            assert!(!why.contains("secret"), "{url}: {why}");
        }
    }

    #[test]
    #[cfg(not(feature = "tls"))]
    fn tls_wants_its_feature() {
        assert!(parse("rediss://cache/").unwrap_err().contains("`tls`"));
        assert!(parse("rediss+cluster://cache/").unwrap_err().contains("`tls`"));
    }

    #[test]
    fn a_slot_lies_in_a_range() {
        let text = |text: &str| Value::BulkString(text.into());
        let range = [
            Value::Int(5),
            Value::Int(9),
            Value::Array(vec![text("h"), Value::Int(7000), text("id")]),
        ];
        assert_eq!(primary_of(&range, 9), Some(("h".into(), 7000)));
        assert_eq!(primary_of(&range, 10), None);
        assert_eq!(primary_of(&range[..2], 5), None);
    }
}
