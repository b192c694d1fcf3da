//! What the server is asked: each request is one round trip.

use super::envelope;
use super::head::Freshness;
use super::names::Numbers;
use redis::aio::MultiplexedConnection;
use redis::{
    Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult, Script, ServerErrorKind,
};
use std::sync::{Arc, LazyLock};
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
    pub(super) namespace: Arc<str>,
    /// The end of the key, which names function and arguments.
    pub(super) end: String,
}

impl Place {
    fn state(&self) -> String {
        ["{", &self.namespace, "}:state"].concat()
    }

    /// The key of the value.
    fn value(&self) -> String {
        ["{", &self.namespace, "}:v:", &self.end].concat()
    }

    /// The key of its lease, which tells whoever waits for it.
    pub(super) fn lease(&self) -> String {
        ["{", &self.namespace, "}:l:", &self.end].concat()
    }

    /// `EVALSHA`, with the keys of all scripts and the incarnation.
    fn call(&self, script: &Script, incarnation: &str) -> Cmd {
        let mut call = redis::cmd("EVALSHA");
        call.arg(script.get_hash()).arg(3).arg(self.state()).arg(self.value()).arg(self.lease());
        call.arg(incarnation);
        call
    }
}

/// What stands in Redis for a value, and how long it may be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) record: Vec<u8>,
    pub(super) ttl: Duration,
}

/// What a look has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Looked {
    Fresh(Stored),
    /// A value that rests on groups that the call does not name.
    Unread,
    /// Nothing that is known to be fresh.
    Nothing,
}

/// Strings of the server's, where there are any.
type Texts<T> = Vec<Option<T>>;

/// Reads a value and the `numbers`, by plain commands: that of a script is a hit's most expensive part.
///
/// The numbers are read when the value is or later, so none of those that are compared misses an invalidation from
/// before. The time it has left is read first: should it end in between, that of another is longer.
pub(super) async fn look(
    connection: &mut MultiplexedConnection,
    place: &Place,
    incarnation: &str,
    numbers: &Numbers,
) -> RedisResult<Looked> {
    let mut pipe = redis::pipe();
    let value = place.value();
    pipe.cmd("PTTL").arg(&value);
    pipe.cmd("MGET").arg(&value).arg(&numbers.keys);
    pipe.cmd("HMGET").arg(place.state()).arg("inc").arg(&numbers.fields);
    let (ttl, values, state): (i64, Texts<Vec<u8>>, Texts<String>) =
        pipe.query_async(connection).await?;
    let mut values = values.into_iter();
    let Some(record) = values.next().flatten() else { return Ok(Looked::Nothing) };
    let [Some(life), fields @ ..] = &state[..] else { return Ok(Looked::Nothing) };
    let Some(head) = envelope::head(&record) else { return Ok(Looked::Nothing) };
    // mutant: shared-look-at-another-life
    if life != incarnation || head.incarnation != incarnation {
        return Ok(Looked::Nothing);
    }
    // A field that is missing was not invalidated since fields began, which STORE has found to be before the value's body
    // did. A key that is missing may have been invalidated at any time.
    let fields = fields.iter().map(|number| number.as_ref().map_or(Some(0), |n| n.parse().ok()));
    let keys = values.map(|number| number_of(&number?, incarnation));
    let names = numbers.fields.iter().chain(&numbers.keys).map(String::as_str);
    // mutant: shared-look-past-a-gap
    let numbers = fields.chain(keys).map(|number| number.unwrap_or(u64::MAX));
    let read: Vec<_> = names.zip(numbers).collect();
    let freshness = head.freshness(&read);
    Ok(match freshness {
        Freshness::Fresh => Looked::Fresh(Stored { record, ttl: milliseconds(ttl) }),
        Freshness::Unread => Looked::Unread,
        Freshness::Doubtful => Looked::Nothing,
    })
}

/// The number of a key, if it is of this incarnation.
fn number_of(text: &[u8], incarnation: &str) -> Option<u64> {
    let (life, number) = str::from_utf8(text).ok()?.split_once(' ')?;
    (life == incarnation).then(|| number.parse().ok())?
}

/// What FETCH has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fetched {
    Value(Stored),
    /// None, and the caller has the lease.
    Compute,
    /// None, and another has the lease.
    Wait,
    /// The state is of another incarnation, or the value is gone since.
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
    let mut call = place.call(&FETCH, incarnation);
    call.arg(token).arg(millis(lease)).arg(numbers.fields.join("\n")).arg(numbers.keys.join("\n"));
    call.arg(2 * millis(kept));
    let mut pipe = redis::pipe();
    // What is read after the script is the value that the script has found fresh, or one that was stored since and
    // therefore was fresh still later.
    let value = place.value();
    pipe.add_command(call).cmd("PTTL").arg(&value).cmd("GET").arg(&value);
    let (word, ttl, record): (String, i64, Option<Vec<u8>>) =
        with_script(connection, &FETCH, &pipe).await?;
    Ok(match (&word[..], record) {
        // mutant: shared-life-ignored-2
        ("value", Some(record))
            if envelope::head(&record).is_some_and(|head| head.incarnation == incarnation) =>
        {
            Fetched::Value(Stored { record, ttl: milliseconds(ttl) })
        }
        ("compute", _) => Fetched::Compute,
        ("wait", _) => Fetched::Wait,
        ("value" | "alone", _) => Fetched::Alone,
        _ => return Err(unexpected()),
    })
}

/// Stores a value, if none of its groups was invalidated after its body began, and gives the lease back. Without a value
/// it only gives the lease back. Says whether the value is stored.
pub(super) async fn store(
    connection: &mut MultiplexedConnection,
    place: &Place,
    incarnation: &str,
    token: &str,
    value: Option<&Stored>,
) -> RedisResult<bool> {
    let mut call = place.call(&STORE, incarnation);
    call.arg(token).arg(channel(&place.namespace));
    call.arg(millis(value.map_or(Duration::ZERO, |value| value.ttl)).max(1));
    call.arg(value.map_or(&[][..], |value| &value.record));
    let mut pipe = redis::pipe();
    pipe.add_command(call);
    let (stored,) = with_script(connection, &STORE, &pipe).await?;
    Ok(stored)
}

/// Makes the requests, of which one is by `script`, and again if the server did not know it yet.
async fn with_script<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    script: &Script,
    pipe: &Pipeline,
) -> RedisResult<T> {
    match pipe.query_async(connection).await {
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
            script.load_async(connection).await?;
            pipe.query_async(connection).await
        }
        reply => reply,
    }
}

fn millis(time: Duration) -> u64 {
    // A year, and not more than the server can add to its clock.
    const LONGEST: u128 = 365 * 24 * 60 * 60 * 1000;
    u64::try_from(time.as_millis().min(LONGEST)).expect("a year fits")
}

/// The time that a key has left; none if it is not there any more.
fn milliseconds(ttl: i64) -> Duration {
    Duration::from_millis(u64::try_from(ttl).unwrap_or(0))
}

fn unexpected() -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, "a script returned something else"))
}
