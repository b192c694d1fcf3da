//! Why a link does not start, or is not ready.

use gcache::link::LinkError;
use gcache::shared::AlreadyShared;
use std::fmt;
use std::time::Duration;

/// Why a link does not start. Nothing of a URL or password is in it.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The URL is none of a server.
    Url(&'static str),
    /// The namespace cannot be a part of names in Redis.
    Namespace(&'static str),
    /// The bound is less than this.
    Bound(Duration),
    /// The secret of shared values is too short.
    Secret,
    /// The process shares values by another store.
    Values(AlreadyShared),
    /// The process has such a link.
    Link(LinkError),
    /// The system gives no thread, or no random bytes.
    System(std::io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(why) => write!(f, "the URL names no Redis or Valkey: {why}"),
            Self::Namespace(why) => write!(f, "this is no namespace: {why}"),
            Self::Bound(least) => write!(f, "the bound must be at least {least:?}"),
            Self::Secret => f.write_str(
                "the secret of shared values is known to all processes of the namespace, and has at least 16 bytes: \
                 `value_secret(secret)`",
            ),
            Self::Values(why) => write!(f, "values cannot be shared: {why}"),
            Self::Link(why) => write!(f, "the process cannot be linked: {why}"),
            Self::System(why) => write!(f, "the link cannot start: {why}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Link(why) => Some(why),
            Self::Values(why) => Some(why),
            Self::System(why) => Some(why),
            Self::Url(_) | Self::Namespace(_) | Self::Bound(_) | Self::Secret => None,
        }
    }
}

/// The link is not trusted yet. It goes on trying, and values live for the bound meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotReady {
    pub(crate) why: Option<String>,
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the link to the other processes is not ready")?;
        match &self.why {
            Some(why) => write!(f, ": {why}"),
            None => f.write_str(": the server has not answered yet"),
        }
    }
}

impl std::error::Error for NotReady {}
