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
    /// Nothing can be written to the output: 5. An invalidation was done.
    Unwritten(String),
    /// Whoever reads the output wants no more of it, as `head` does. There is nobody to tell, and nothing is wrong.
    Unread,
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
            // The client counts a connection that is refused among those that were closed.
            None if error.is_connection_dropped() && !error.is_connection_refusal() => {
                Self::NotReached(format!("{url} has closed the connection ({error})"))
            }
            None => Self::NotReached(format!("{url} is not reached ({error})")),
        }
    }

    /// Says it, and returns the exit code.
    pub(crate) fn tell(&self) -> ExitCode {
        let (code, why) = match self {
            Self::Usage(why) => (2, why),
            Self::NotReached(why) => (3, why),
            Self::Refused(why) => (4, why),
            Self::Unwritten(why) => (5, why),
            Self::Unread => return ExitCode::SUCCESS,
        };
        eprintln!("gcache: {why}");
        ExitCode::from(code)
    }
}

/// Of the output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Unwritten(format!("nothing can be written to the output ({error})")),
        }
    }
}
