//! `gcache watch`: each invalidation of a namespace as it happens.

use crate::failure::Failure;
use crate::group::describe;
use crate::options::Place;
use crate::server::Server;
use crate::table::number;
use gcache::link::NamedGroup;
use gcache_redis::message::Message;
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

pub(crate) fn run(count: Option<u64>, place: &Place, json: bool) -> Result<ExitCode, Failure> {
    let mut server = Server::open(place)?;
    let mut left = count;
    let mut shown = Shown { output: io::stdout(), json, last: None };
    shown.begin(&server)?;
    if left != Some(0) {
        server.listen(|message| {
            shown.show(message, now())?;
            left = left.map(|left| left - 1);
            Ok(left != Some(0))
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// What has been shown so far.
struct Shown<W> {
    output: W,
    json: bool,
    /// Incarnation and number of the last message.
    last: Option<(String, u64)>,
}

/// A message as JSON.
#[derive(Serialize)]
struct Line<'a> {
    /// Seconds since 1970, when it was heard.
    heard: f64,
    number: u64,
    incarnation: &'a str,
    /// Which process has told it.
    origin: &'a str,
    groups: &'a [NamedGroup],
    /// Messages before it that did not come.
    missed: u64,
}

impl<W: Write> Shown<W> {
    fn begin(&mut self, server: &Server) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        writeln!(self.output, "watching {} at {}; Ctrl-C ends it\n", server.namespace, server.url)?;
        writeln!(self.output, "{:<14}{:>10}  {:<10}INVALIDATED", "TIME (UTC)", "NUMBER", "BY")?;
        self.output.flush()
    }

    fn show(&mut self, message: &[u8], heard: Duration) -> io::Result<()> {
        let read = Message::read(message).and_then(|message| {
            let groups: Vec<NamedGroup> = serde_json::from_str(&message.body).ok()?;
            Some((message, groups))
        });
        let Some((message, groups)) = read else {
            return self.say_malformed(&String::from_utf8_lossy(message));
        };
        let missed = self.missed(&message);
        self.last = Some((message.incarnation.to_string(), message.number));
        if self.json {
            let line = Line {
                heard: heard.as_secs_f64(),
                number: message.number,
                incarnation: &message.incarnation,
                origin: &message.origin,
                groups: &groups,
                missed,
            };
            writeln!(self.output, "{}", serde_json::to_string(&line).map_err(io::Error::from)?)?;
        } else {
            if missed > 0 {
                writeln!(self.output, "{:>24}  ({missed} before did not come)", "")?;
            }
            let by: String = message.origin.chars().take(8).collect();
            let mut start = format!("{:<14}{:>10}  {by:<10}", clock(heard), number(message.number));
            for group in &groups {
                writeln!(self.output, "{start}{}", describe(group))?;
                start = " ".repeat(36);
            }
        }
        self.output.flush()
    }

    /// Others take it for everything, so it is no trifle.
    fn say_malformed(&mut self, text: &str) -> io::Result<()> {
        let start: String = text.chars().take(60).collect();
        if self.json {
            writeln!(self.output, "{}", serde_json::json!({ "malformed": start }))?;
        } else {
            writeln!(self.output, "{:>36}everything: a malformed message, {start:?}", "")?;
        }
        self.output.flush()
    }

    fn missed(&self, message: &Message) -> u64 {
        match &self.last {
            Some((incarnation, number)) if **incarnation == *message.incarnation => {
                message.number.saturating_sub(number + 1)
            }
            _ => 0,
        }
    }
}

/// The time of day.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs() % 86_400;
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
        time.subsec_millis()
    )
}

#[cfg(test)]
#[allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests {
    use super::*;
    use expect_test::expect;

    fn shown(json: bool) -> String {
        let mut shown = Shown { output: Vec::new(), json, last: None };
        let time = Duration::from_millis(1_700_000_000_123);
        for message in [
            "5eed 9 0123456789abcdef\n[[\"shop.book\",\"key\",7],[\"shop.book\"]]",
            "5eed 10 0123456789abcdef\n[[\"*\"]]",
            "5eed 13 fedcba9876543210\n[[\"tag\",\"key\",\"front page\"]]",
            "0dd 1 fedcba9876543210\n[[\"shop.book\",\"author\",18446744073709551617]]",
            "no message",
        ] {
            shown.show(message.as_bytes(), time).expect("memory");
        }
        String::from_utf8(shown.output).expect("text")
    }

    #[test]
    fn messages_are_shown_in_columns() {
        expect![[r#"
            22:13:20.123           9  01234567  member 7 of shop.book
                                                shop.book as a whole
            22:13:20.123          10  01234567  everything that is shared
                                      (2 before did not come)
            22:13:20.123          13  fedcba98  the tag "front page"
            22:13:20.123           1  fedcba98  shop.book where author is 18446744073709551617
                                                everything: a malformed message, "no message"
        "#]]
        .assert_eq(&shown(false));
    }

    #[test]
    fn messages_are_shown_as_json() {
        expect![[r#"
            {"heard":1700000000.123,"number":9,"incarnation":"5eed","origin":"0123456789abcdef","groups":[["shop.book","key",7],["shop.book"]],"missed":0}
            {"heard":1700000000.123,"number":10,"incarnation":"5eed","origin":"0123456789abcdef","groups":[["*"]],"missed":0}
            {"heard":1700000000.123,"number":13,"incarnation":"5eed","origin":"fedcba9876543210","groups":[["tag","key","front page"]],"missed":2}
            {"heard":1700000000.123,"number":1,"incarnation":"0dd","origin":"fedcba9876543210","groups":[["shop.book","author",18446744073709551617]],"missed":0}
            {"malformed":"no message"}
        "#]].assert_eq(&shown(true));
    }
}
