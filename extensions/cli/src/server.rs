//! The server, as far as a shell needs it.

use crate::failure::Failure;
use crate::options::Place;
use gcache::link::NamedGroup;
use gcache_redis::{message, shell};
use redis::{Client, Connection, FromRedisValue, ProtocolVersion, RedisError, Value};

/// A connection, and what messages about it need.
pub(crate) struct Server {
    connection: Connection,
    shared: shell::Place,
    /// As it was typed, without its password.
    pub(crate) url: String,
    pub(crate) namespace: String,
}

impl Server {
    pub(crate) fn open(place: &Place) -> Result<Self, Failure> {
        let url = without_password(&place.url);
        let shared = shell::Place::new(&place.url, &place.namespace)
            .map_err(|why| Failure::Usage(format!("{url} cannot be used: {why}")))?;
        let failure = |error: RedisError| Failure::of(&error, &url);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Failure::NotReached(format!("nothing can be asked ({error})")))?;
        let primary = async { tokio::time::timeout(place.patience, shared.primary()).await };
        let info = match runtime.block_on(primary) {
            Ok(Ok(info)) => info,
            Ok(Err(why)) => {
                return Err(Failure::NotReached(format!("{url} is not reached: {why}")));
            }
            Err(_) => return Err(Failure::NotReached(format!("{url} does not answer in time"))),
        };
        // Messages come as answers do, since nothing else is asked where they are heard.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP2);
        let client = Client::open(info.set_redis_settings(settings)).map_err(failure)?;
        let connection = client.get_connection_with_timeout(place.patience).map_err(failure)?;
        connection.set_read_timeout(Some(place.patience)).map_err(failure)?;
        connection.set_write_timeout(Some(place.patience)).map_err(failure)?;
        Ok(Self { connection, shared, url, namespace: place.namespace.clone() })
    }

    /// Asks with a command, of which the words are given.
    pub(crate) fn ask<T: FromRedisValue>(&mut self, words: &[&str]) -> Result<T, Failure> {
        let asked = redis::cmd(words[0]).arg(&words[1..]).query(&mut self.connection);
        asked.map_err(|error| Failure::of(&error, &self.url))
    }

    /// The hash that counts the namespace's invalidations.
    pub(crate) fn state(&self) -> String {
        self.shared.state().to_owned()
    }

    /// How many connections hear the namespace's messages.
    pub(crate) fn listeners(&mut self) -> Result<u64, Failure> {
        let of = if self.shared.is_sharded() { "SHARDNUMSUB" } else { "NUMSUB" };
        let channel = self.shared.channel().to_owned();
        let (_, listeners): (String, u64) = self.ask(&["PUBSUB", of, &channel])?;
        Ok(listeners)
    }

    /// Invalidates `group` in all processes, and returns the number that it has.
    pub(crate) fn invalidate(&mut self, group: &NamedGroup) -> Result<u64, Failure> {
        let told =
            self.shared.tell(&mut self.connection, &message::body([group.to_string().as_str()]));
        told.map_err(|error| Failure::of(&error, &self.url))
    }

    /// Hands each message of the namespace to `hear`, until that says to stop.
    ///
    /// Not by the client's `PubSub`: dropped after a `SUBSCRIBE` that was refused, it waits for the server for ever.
    pub(crate) fn listen(
        &mut self,
        mut hear: impl FnMut(&[u8]) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let subscribe = if self.shared.is_sharded() { "SSUBSCRIBE" } else { "SUBSCRIBE" };
        let channel = self.shared.channel().to_owned();
        let _: Value = self.ask(&[subscribe, &channel])?;
        let failure = |error: RedisError| Failure::of(&error, &self.url);
        // From now on silence is no failure: nothing may be invalidated for hours.
        self.connection.set_read_timeout(None).map_err(failure)?;
        loop {
            let heard = self.connection.recv_response().map_err(failure)?;
            if let Some(message) = payload(&heard)
                && !hear(message)?
            {
                return Ok(());
            }
        }
    }
}

/// What a message says: its kind, its channel, and this.
fn payload(heard: &Value) -> Option<&[u8]> {
    match heard {
        Value::Array(parts) => match parts.as_slice() {
            [Value::BulkString(kind), _, Value::BulkString(payload)]
                if kind == b"message" || kind == b"smessage" =>
            {
                Some(payload)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The URL with its password replaced, as it may be shown; also where it is none.
fn without_password(url: &str) -> String {
    let shown = match url.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map(|(scheme, _)| format!("{scheme}://"));
            format!("{}…@{host}", scheme.unwrap_or_default())
        }
        None => url.to_owned(),
    };
    // A Unix socket's password is a parameter.
    shown.split('?').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            ("redis://cache:6379/2", "redis://cache:6379/2"),
            ("redis://me:s3cret@cache/", "redis://…@cache/"),
            ("rediss://:s3@cret@cache/", "rediss://…@cache/"),
            ("me:s3cret@cache:6379", "…@cache:6379"),
            ("unix:///run/redis.sock?pass=s3cret", "unix:///run/redis.sock"),
            ("redis+sentinel://me:s3cret@a,b/main", "redis+sentinel://…@a,b/main"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
