//! What a command line does with a namespace: no link, one question at a time.

use crate::requests::{Names, Scripts};
use crate::server::{Logins, Server};
use redis::{ConnectionInfo, ConnectionLike, RedisResult};

/// A namespace of a server.
#[derive(Debug)]
pub struct Place {
    server: Server,
    names: Names,
}

impl Place {
    /// The namespace of the server behind a URL.
    ///
    /// # Errors
    ///
    /// What is wrong with the URL. Nothing of it is repeated.
    pub fn new(url: &str, namespace: &str) -> Result<Self, &'static str> {
        Ok(Self { server: Server::parse(url, &Logins::default())?, names: Names::of(namespace) })
    }

    /// How to reach the primary.
    ///
    /// # Errors
    ///
    /// Why nobody says where it is.
    pub async fn primary(&self) -> Result<ConnectionInfo, String> {
        crate::requests::install_cryptography();
        self.server.primary(&self.names.state).await.map_err(|trouble| trouble.to_string())
    }

    /// The hash with the state.
    pub fn state(&self) -> &str {
        &self.names.state
    }

    /// The channel of the messages.
    pub fn channel(&self) -> &str {
        &self.names.channel
    }

    /// Whether the channel belongs to a slot of a cluster.
    pub fn is_sharded(&self) -> bool {
        self.server.is_sharded()
    }

    /// Counts, publishes and logs an invalidation, as each link does, and returns its number.
    ///
    /// # Errors
    ///
    /// The server's, or the connection's.
    pub fn tell(&self, connection: &mut impl ConnectionLike, body: &str) -> RedisResult<u64> {
        let fresh = || format!("{:032x}", fastrand::u128(..));
        let scripts = Scripts::default();
        let (names, new) = (&self.names, (fresh(), &*fresh()));
        // Which server counts is for links to know.
        let script = scripts.invalidate(names, self.is_sharded(), new, body, "");
        let (_, number): (String, u64) = script.invoke(connection)?;
        Ok(number)
    }
}
