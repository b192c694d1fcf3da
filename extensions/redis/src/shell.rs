//! What a command line does with a namespace: no link, one question at a time.

use crate::requests::{Names, Scripts};
use crate::server::Server;
use crate::values::invalidated;
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
        Ok(Self { server: Server::parse(url, None, None)?, names: Names::of(namespace) })
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
        let publish = if self.is_sharded() { "SPUBLISH" } else { "PUBLISH" };
        let Scripts { invalidate, .. } = Scripts::default();
        let mut script = invalidate.key(&self.names.state);
        script.key(&self.names.log).arg(fresh()).arg(&self.names.channel).arg(fresh());
        // Which server counts is for links to know.
        let (_, number): (String, u64) = script
            .arg(body)
            .arg(publish)
            .arg("")
            .arg(&self.names.numbers)
            .arg(invalidated(body))
            .invoke(connection)?;
        Ok(number)
    }
}
