//! The scripts, each one round trip, and what they are called with.

use super::names::Numbers;
use redis::aio::MultiplexedConnection;
use redis::{RedisError, RedisResult, Script, Value};
use std::sync::LazyLock;
use std::time::Duration;

static FETCH: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(include_str!("scripts/fresh.lua"), include_str!("scripts/fetch.lua")))
});

static STORE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(include_str!("scripts/fresh.lua"), include_str!("scripts/store.lua")))
});

/// A function `note_numbers(state, inc, n, prefix, first)` for the script that counts an invalidation: it notes the
/// number `n` for each of the [names](super::invalidated) in `ARGV` from `first` on.
pub const NOTE_NUMBERS: &str = include_str!("scripts/invalidate.lua");

/// Before the keys of numbers.
pub fn number_prefix(namespace: &str) -> String {
    format!("{{{namespace}}}:g:")
}

/// On which channel those are woken who wait for a value.
pub(super) fn channel(namespace: &str) -> String {
    format!("{{{namespace}}}:values")
}

/// Where a value stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) namespace: String,
    /// The key of the value.
    pub(super) value: String,
    /// The key of its lease, which tells whoever waits for it.
    pub(super) lease: String,
}

/// What FETCH has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fetched {
    Value {
        sealed: Vec<u8>,
        ttl: Duration,
    },
    /// None, and the caller has the lease.
    Compute,
    /// None, and another has the lease.
    Wait,
    /// The state is of another incarnation.
    Alone,
}

/// Looks for a value; where there is none, takes the lease for the `token` or asks its holder for a message.
pub(super) async fn fetch(
    connection: &mut MultiplexedConnection,
    place: &Place,
    incarnation: &str,
    token: &str,
    numbers: &Numbers,
    kept: Duration,
    lease: Duration,
) -> RedisResult<Fetched> {
    let reply: Vec<Value> = FETCH
        .key(format!("{{{}}}:state", place.namespace))
        .key(&place.value)
        .key(&place.lease)
        .arg(incarnation)
        .arg(number_prefix(&place.namespace))
        .arg(token)
        .arg(millis(lease))
        .arg(numbers.fields.join("\n"))
        .arg(numbers.keys.join("\n"))
        .arg(2 * millis(kept))
        .invoke_async(connection)
        .await?;
    Ok(match &reply[..] {
        [Value::BulkString(_), Value::Int(ttl), Value::BulkString(sealed)] => {
            let ttl = Duration::from_millis(u64::try_from(*ttl).unwrap_or(0));
            Fetched::Value { sealed: sealed.clone(), ttl }
        }
        [Value::BulkString(word)] if word == b"compute" => Fetched::Compute,
        [Value::BulkString(word)] if word == b"wait" => Fetched::Wait,
        [Value::BulkString(word)] if word == b"alone" => Fetched::Alone,
        _ => return Err(unexpected()),
    })
}

/// What is to be stored.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) bytes: Vec<u8>,
    pub(super) numbers: Numbers,
    pub(super) ttl: Duration,
}

/// Stores a value, if none of its groups was invalidated after `since`, and gives the lease back. Without a value it only
/// gives the lease back. Says whether the value is stored.
pub(super) async fn store(
    connection: &mut MultiplexedConnection,
    place: &Place,
    incarnation: &str,
    token: &str,
    since: u64,
    value: Option<&Sealed>,
) -> RedisResult<bool> {
    let none = Sealed { bytes: Vec::new(), numbers: Numbers::default(), ttl: Duration::ZERO };
    let Sealed { bytes, numbers, ttl } = value.unwrap_or(&none);
    STORE
        .key(format!("{{{}}}:state", place.namespace))
        .key(&place.value)
        .key(&place.lease)
        .arg(incarnation)
        .arg(number_prefix(&place.namespace))
        .arg(token)
        .arg(channel(&place.namespace))
        .arg(since)
        .arg(millis(*ttl).max(1))
        .arg(numbers.fields.join("\n"))
        .arg(numbers.keys.join("\n"))
        .arg(&bytes[..])
        .invoke_async(connection)
        .await
}

fn millis(time: Duration) -> u64 {
    // A year, and not more than the server can add to its clock.
    const LONGEST: u128 = 365 * 24 * 60 * 60 * 1000;
    u64::try_from(time.as_millis().min(LONGEST)).expect("a year fits")
}

fn unexpected() -> RedisError {
    RedisError::from((redis::ErrorKind::UnexpectedReturnType, "a script returned something else"))
}
