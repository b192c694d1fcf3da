//! `gcache status`: the server, the namespace, who listens.

use crate::failure::Failure;
use crate::options::Place;
use crate::server::Server;
use crate::table::{number, plain, text};
use serde::Serialize;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Instant;

pub(crate) fn run(place: &Place, json: bool) -> Result<ExitCode, Failure> {
    let status = Status::of(&mut Server::open(place)?)?;
    let said = if json {
        serde_json::to_string(&status).map_err(io::Error::from)? + "\n"
    } else {
        status.to_text()
    };
    write!(io::stdout(), "{said}")?;
    Ok(if status.incarnation.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What is known from outside. What the server's rights do not let us see is `None`.
#[derive(Serialize)]
struct Status {
    namespace: String,
    server: String,
    /// As `Valkey 9.1.2`.
    version: Option<String>,
    /// `master` or `slave`, as servers say.
    role: Option<String>,
    /// Which life of the state this is; `None` where nobody has used the namespace.
    incarnation: Option<String>,
    invalidations: u64,
    /// Connections that hear the namespace's messages: one of each linked process, and each `gcache watch`.
    listeners: Option<u64>,
    round_trip_ms: f64,
}

impl Status {
    fn of(server: &mut Server) -> Result<Self, Failure> {
        let state = server.state();
        // The first question of a connection may take longer.
        let _: (Option<String>,) = server.ask(&["HMGET", &state, "inc"])?;
        let asked = Instant::now();
        let (incarnation, count): (Option<String>, Option<u64>) =
            server.ask(&["HMGET", &state, "inc", "n"])?;
        let round_trip = asked.elapsed();
        let info: Option<String> = allowed(server.ask(&["INFO", "server"]))?;
        let role: Option<Vec<redis::Value>> = allowed(server.ask(&["ROLE"]))?;
        let listeners = allowed(server.listeners())?;
        Ok(Self {
            namespace: server.namespace.clone(),
            server: server.url.clone(),
            version: info.as_deref().and_then(version),
            role: role.and_then(|role| redis::from_redis_value(role.into_iter().next()?).ok()),
            incarnation,
            invalidations: count.unwrap_or_default(),
            listeners,
            round_trip_ms: round_trip.as_secs_f64() * 1_000.0,
        })
    }

    fn to_text(&self) -> String {
        let unknown = || "not permitted".to_owned();
        let mut table = plain();
        let mut row = |name: &str, value: String| {
            table.add_row([name.to_owned(), value]);
        };
        row("namespace", self.namespace.clone());
        row("server", self.server.clone());
        row("version", self.version.clone().unwrap_or_else(unknown));
        row(
            "role",
            match self.role.as_deref() {
                Some("master") => "primary".to_owned(),
                Some("slave") => "replica: it takes no invalidations".to_owned(),
                Some(role) => role.to_owned(),
                None => unknown(),
            },
        );
        row(
            "invalidations",
            match &self.incarnation {
                Some(life) => format!("{}, counted as {}", number(self.invalidations), short(life)),
                None => "none: no process has used this namespace yet".to_owned(),
            },
        );
        row("listeners", self.listeners.map_or_else(unknown, number));
        row("round trip", format!("{:.2} ms", self.round_trip_ms));
        text(&table)
    }
}

/// `None` where the user may not ask.
fn allowed<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Refused(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The server's name and version.
fn version(info: &str) -> Option<String> {
    let field = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::trim)
    };
    match field("valkey_version") {
        Some(version) => Some(format!("Valkey {version}")),
        None => Some(format!("Redis {}", field("redis_version")?)),
    }
}

/// The beginning of a random word.
fn short(word: &str) -> String {
    word.chars().take(8).collect()
}

#[cfg(test)]
#[allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests {
    use super::*;
    use expect_test::expect;

    fn status() -> Status {
        Status {
            namespace: "shop".to_owned(),
            server: "redis://cache.internal/".to_owned(),
            version: Some("Valkey 9.1.2".to_owned()),
            role: Some("master".to_owned()),
            incarnation: Some("5eed0123456789abcdef".to_owned()),
            invalidations: 47_726,
            listeners: Some(3),
            round_trip_ms: 0.42,
        }
    }

    #[test]
    fn a_status_is_a_table() {
        expect![[r#"
             namespace      shop
             server         redis://cache.internal/
             version        Valkey 9.1.2
             role           primary
             invalidations  47,726, counted as 5eed0123
             listeners      3
             round trip     0.42 ms
        "#]]
        .assert_eq(&status().to_text());
    }

    #[test]
    fn what_may_not_be_asked_is_said_to_be_so() {
        let status =
            Status { version: None, role: None, listeners: None, incarnation: None, ..status() };
        expect![[r#"
             namespace      shop
             server         redis://cache.internal/
             version        not permitted
             role           not permitted
             invalidations  none: no process has used this namespace yet
             listeners      not permitted
             round trip     0.42 ms
        "#]]
        .assert_eq(&status.to_text());
    }

    #[test]
    fn a_status_is_json() {
        expect![[r#"{"namespace":"shop","server":"redis://cache.internal/","version":"Valkey 9.1.2","role":"master","incarnation":"5eed0123456789abcdef","invalidations":47726,"listeners":3,"round_trip_ms":0.42}"#]].assert_eq(&serde_json::to_string(&status()).expect("JSON"));
    }

    #[test]
    fn servers_say_who_they_are() {
        let valkey =
            "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n";
        assert_eq!(version(valkey).as_deref(), Some("Valkey 9.1.2"));
        assert_eq!(
            version("# Server\r\nredis_version:7.0.15\r\n").as_deref(),
            Some("Redis 7.0.15")
        );
        assert_eq!(version("nothing"), None);
    }
}
