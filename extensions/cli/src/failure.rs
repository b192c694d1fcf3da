//! Why a command did not do what it was told, and the exit code that says so.

use redis::RedisError;
use std::io;
use std::process::ExitCode;

/// Why a command did not do what it was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The command makes no sense as it was typed: 2.
    Usage(String),
    /// The server cannot be reached, or does not answer: 3. An invalidation that was sent may have happened.
    NotReached(String),
    /// The server refuses, or the person at the terminal does: 4. Nothing was invalidated.
    Refused(String),
}

impl Failure {
    /// What an error of the client means, of the server at `url`, from which the password has been taken out.
    pub(crate) fn of(error: &RedisError, url: &str) -> Self {
        match error.code() {
            Some("NOPERM") => Self::Refused(format!(
                "the user of {url} may not do this ({error}); README.md lists the commands and the channel that it needs"
            )),
            Some("NOAUTH" | "WRONGPASS" | "DENIED") => {
                Self::Refused(format!("{url} asks for another name or password ({error})"))
            }
            Some("READONLY" | "NOREPLICAS" | "MASTERDOWN") => Self::Refused(format!(
                "{url} takes no writes ({error}); it is a replica, or has too few of them"
            )),
            Some("MOVED" | "CLUSTERDOWN") => {
                Self::Refused(format!("{url} does not have the slot of this namespace ({error})"))
            }
            // The client itself fails to sign in, and has no code for it.
            _ if error.kind() == redis::ErrorKind::AuthenticationFailed => {
                Self::Refused(format!("{url} asks for another name or password ({error})"))
            }
            _ if error.kind() == redis::ErrorKind::InvalidClientConfig => {
                Self::Usage(format!("{url} cannot be used ({error})"))
            }
            Some(_) => Self::Refused(format!("{url} refuses ({error})")),
            None if error.is_timeout() => {
                Self::NotReached(format!("{url} does not answer in time"))
            }
            None if error.is_connection_dropped() => {
                Self::NotReached(format!("{url} has closed the connection ({error})"))
            }
            None => Self::NotReached(format!("{url} is not reached ({error})")),
        }
    }

    /// Says it, and returns the exit code.
    pub(crate) fn tell(&self) -> ExitCode {
        let (Self::Usage(why) | Self::NotReached(why) | Self::Refused(why)) = self;
        eprintln!("gcache: {why}");
        ExitCode::from(match self {
            Self::Usage(_) => 2,
            Self::NotReached(_) => 3,
            Self::Refused(_) => 4,
        })
    }
}

/// The terminal, or what the output is piped into, is gone.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Refused(format!("nothing can be written to the output ({error})"))
    }
}
