//! Why a session failed, in words that say what to change. No secret is in them.

use redis::{ErrorKind, RedisError};
use std::fmt;

/// What went wrong in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble(String);

/// What a user of the server must be allowed; `NS` stands for the namespace.
const ACL: &str = "~{NS}:* &{NS}:invalidations +hello +info +subscribe +ssubscribe +script|load +evalsha \
     +hsetnx +hget +hset +hexists +hmget +hincrby +publish +spublish +xadd +xrange +del";

impl Trouble {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What a server or a connection said when it was asked, `to do something`.
    pub(crate) fn of(step: &str, error: &RedisError) -> Self {
        let said = error.detail().unwrap_or_default();
        let text = match (error.kind(), error.code().unwrap_or_default()) {
            (ErrorKind::RESP3NotSupported, _) => {
                "the server is too old: the link needs RESP3, which servers have from version 6.0 on".to_owned()
            }
            (_, "NOPERM") => format!("the server does not permit {step}: {said}. The user needs: {ACL}"),
            (ErrorKind::AuthenticationFailed, _) | (_, "WRONGPASS" | "NOAUTH") => {
                format!("the server refuses user or password: {error}")
            }
            (_, "MOVED" | "CLUSTERDOWN" | "CROSSSLOT" | "ASK") => {
                format!("the server is a node of a cluster that does not serve the namespace ({error}): is the URL redis+cluster://?")
            }
            (_, "READONLY") => "the server is a replica".to_owned(),
            (_, "NOREPLICAS") => "the primary has too few replicas, and may be cut off from the others".to_owned(),
            _ => format!("the server failed {step}: {error}"),
        };
        Self(text)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ACL;

    #[test]
    fn the_pages_grant_what_the_error_asks_for() {
        let pages = [include_str!("../README.md"), include_str!("../docs/several-machines.md")];
        for page in pages {
            let begin = page.find("ACL SETUSER shop").expect("the page has the command");
            let command = &page[begin..][..page[begin..].find("```").expect("it ends")];
            let granted: Vec<&str> = command.split_whitespace().skip(6).collect();
            let asked = ACL.replace("NS", "shop");
            assert_eq!(granted, asked.split_whitespace().collect::<Vec<_>>());
        }
    }
}
