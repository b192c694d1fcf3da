//! The server, as far as a shell needs it.

use crate::failure::Failure;
use crate::group::Named;
use crate::options::Place;
use redis::{
    Client, Connection, ConnectionInfo, FromRedisValue, IntoConnectionInfo as _, Msg, RedisError,
};

/// The invalidation: counted and told in one step, as `gcache-redis` does it.
const INVALIDATE: &str = "\
redis.call('HSETNX', KEYS[1], 'inc', ARGV[1])
local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
redis.call('PUBLISH', ARGV[2], redis.call('HGET', KEYS[1], 'inc') .. ' ' .. n .. ' ' .. ARGV[3] .. '\\n' .. ARGV[4])
return n";

/// A connection, and what messages about it need.
pub(crate) struct Server {
    connection: Connection,
    /// As it was typed, without its password.
    pub(crate) url: String,
    pub(crate) namespace: String,
}

impl Server {
    pub(crate) fn open(place: &Place) -> Result<Self, Failure> {
        // Asked for by `rediss://`. It fails where somebody has made the choice, who is not there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let info = place.url.as_str().into_connection_info();
        // The error holds the URL in none of its forms, so neither a password.
        let info = info.map_err(|error| Failure::of(&error, "this URL"))?;
        let url = without_password(&place.url, &info);
        let failure = |error: RedisError| Failure::of(&error, &url);
        let client = Client::open(info).map_err(failure)?;
        let connection = client.get_connection_with_timeout(place.patience).map_err(failure)?;
        connection.set_read_timeout(Some(place.patience)).map_err(failure)?;
        connection.set_write_timeout(Some(place.patience)).map_err(failure)?;
        Ok(Self { connection, url, namespace: place.namespace.clone() })
    }

    /// Asks with a command, of which the words are given.
    pub(crate) fn ask<T: FromRedisValue>(&mut self, words: &[&str]) -> Result<T, Failure> {
        let asked = redis::cmd(words[0]).arg(&words[1..]).query(&mut self.connection);
        asked.map_err(|error| Failure::of(&error, &self.url))
    }

    /// The hash that counts the namespace's invalidations.
    pub(crate) fn state(&self) -> String {
        format!("{{{}}}:state", self.namespace)
    }

    /// The channel in which they are told.
    pub(crate) fn channel(&self) -> String {
        format!("{{{}}}:invalidations", self.namespace)
    }

    /// Invalidates `group` in all processes, and returns the number that it has.
    pub(crate) fn invalidate(&mut self, group: &Named) -> Result<u64, Failure> {
        let (state, channel) = (self.state(), self.channel());
        let body = format!("[{}]", group.to_json());
        let random = || format!("{:032x}", fastrand::u128(..));
        self.ask(&["EVAL", INVALIDATE, "1", &state, &random(), &channel, &random(), &body])
    }

    /// Hands each message of the namespace to `hear`, until that says to stop.
    ///
    /// Not by the client's `PubSub`: dropped after a `SUBSCRIBE` that was refused, it waits for the server for ever.
    pub(crate) fn listen(
        &mut self,
        mut hear: impl FnMut(&[u8]) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let channel = self.channel();
        let _: redis::Value = self.ask(&["SUBSCRIBE", &channel])?;
        let failure = |error: RedisError| Failure::of(&error, &self.url);
        // From now on silence is no failure: nothing may be invalidated for hours.
        self.connection.set_read_timeout(None).map_err(failure)?;
        loop {
            let heard = self.connection.recv_response().map_err(failure)?;
            let message = Msg::from_owned_value(heard);
            if let Some(message) = message
                && !hear(message.get_payload_bytes())?
            {
                return Ok(());
            }
        }
    }
}

/// The URL with a password replaced, as it may be shown.
fn without_password(url: &str, info: &ConnectionInfo) -> String {
    match info.redis_settings().password() {
        Some(_) => match (url.split_once("://"), url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
            // A Unix socket's password is a parameter.
            _ => url.split('?').next().unwrap_or_default().to_owned(),
        },
        None => url.to_owned(),
    }
}
