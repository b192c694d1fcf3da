//! A server that somebody else has started, and that a run may ask, and let stand still.

use redis::{Client, FromRedisValue, InfoDict};
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::time::Duration;

/// How long it may take to accept a connection, and to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server of this machine.
#[derive(Debug)]
pub(super) struct Node {
    address: String,
    client: Client,
    process: Pid,
}

/// A server that stands still. It goes on when this is dropped.
#[derive(Debug)]
pub(super) struct Still<'a>(&'a Node);

impl Node {
    /// Finds the server at `host:port`.
    pub(super) fn find(address: &str) -> io::Result<Self> {
        let client = Client::open(format!("redis://{address}/")).map_err(io::Error::other)?;
        let info: InfoDict = ask(&client, &["INFO", "server"])?;
        let process = info.get("process_id").and_then(Pid::from_raw);
        let process =
            process.ok_or_else(|| io::Error::other("it does not say which process it is"))?;
        Ok(Self { address: address.to_owned(), client, process })
    }

    /// Where it is, as `host:port`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Asks it something.
    pub(super) fn ask<T: FromRedisValue>(&self, words: &[&str]) -> io::Result<T> {
        ask(&self.client, words)
    }

    /// Closes the connections that listen, but those of Sentinels: whose own is closed takes a healthy primary for dead,
    /// if the last answer is a second old.
    pub(super) fn kill_listeners(&self) -> io::Result<()> {
        let clients: String = self.ask(&["CLIENT", "LIST", "TYPE", "pubsub"])?;
        let field = |client: &str, name: &str| {
            let value = client.split(' ').find_map(|word| word.strip_prefix(name));
            value.unwrap_or_default().to_owned()
        };
        let clients = clients.lines().filter(|at| !field(at, "name=").starts_with("sentinel-"));
        clients.into_iter().try_for_each(|client| {
            // It may have gone by itself.
            self.ask::<u64>(&["CLIENT", "KILL", "ID", &field(client, "id=")]).map(drop)
        })
    }

    /// Lets it stand still.
    pub(super) fn pause(&self) -> io::Result<Still<'_>> {
        kill_process(self.process, Signal::STOP)?;
        Ok(Still(self))
    }
}

impl Drop for Still<'_> {
    fn drop(&mut self) {
        // It may have ended.
        let _ = kill_process(self.0.process, Signal::CONT);
    }
}

/// On a connection of its own: the server closes those that it has when its role changes.
fn ask<T: FromRedisValue>(client: &Client, words: &[&str]) -> io::Result<T> {
    let asked = || {
        let mut connection = client.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).query(&mut connection)
    };
    asked().map_err(|error: redis::RedisError| io::Error::other(format!("{words:?}: {error}")))
}
