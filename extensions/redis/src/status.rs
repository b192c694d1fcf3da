//! How a link is.

use crate::clock::now;
use crate::machine::Counts;
use crate::options::WhenDown;
use crate::shared::Shared;
use crate::wait::lock;
use gcache::link::{self, GroupReport, Told};
use std::fmt;
use std::time::Duration;

/// How a link is, at one moment. Its `Display` is for people:
///
/// ```text
/// link of shop to valkey 9.1.2 at 127.0.0.1:6379: trusted, bound 1s, last fence 123ms ago
///   told 120 messages, heard 4711; nothing waits to be told
///   sessions 3, of which 1 missed nothing and 1 learned it from the log; everything invalidated once
///   told without keys: shop.film: all keys, since `&str` borrows
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Which processes belong together.
    pub namespace: String,
    /// Whether what is cached is used for longer than the bound.
    pub is_trusted: bool,
    /// The bound, T.
    pub bound: Duration,
    /// Whether the bound is kept: with [`WhenDown::Keep`] it is not while the server is away.
    pub is_bound_kept: bool,
    /// How long ago the last good fence was sent.
    pub last_fence: Option<Duration>,
    /// How many groups wait to be told; `None`: so many that everything will be.
    pub journal: Option<usize>,
    /// Sessions that came to be trusted.
    pub sessions: u64,
    /// Of them, those that had missed nothing.
    pub warm: u64,
    /// Of them, those that learned from the log what they had missed.
    pub replayed: u64,
    /// How often everything was invalidated, since it was not known what was missed.
    pub flushes: u64,
    /// Messages that were told.
    pub told: u64,
    /// Messages that were heard, the own ones among them.
    pub heard: u64,
    /// The groups that others are told of without their keys, and why: one that changes invalidates all of its kind elsewhere.
    /// Those that this process has used so far: see [`link::report`].
    pub without_keys: Vec<GroupReport>,
    /// The server of the last session, such as `valkey 9.1.2 at 127.0.0.1:6379`.
    pub server: Option<String>,
    /// Why there is no session, if there is none.
    pub trouble: Option<String>,
}

impl Status {
    pub(crate) fn of(shared: &Shared) -> Self {
        let machine = lock(&shared.machine);
        let Counts { sessions, warm, replayed, flushes, messages, told, .. } = *machine.counts();
        let last_fence = machine.confirmed().map(|at| now().saturating_sub(at));
        let journal = machine.journal();
        drop(machine);
        let seen = lock(&shared.seen);
        Self {
            namespace: shared.namespace.to_string(),
            is_trusted: shared.is_trusted(),
            bound: shared.bound,
            is_bound_kept: shared.when_down == WhenDown::Distrust
                || last_fence.is_some_and(|ago| ago < shared.bound),
            last_fence,
            journal,
            sessions,
            warm,
            replayed,
            flushes,
            told,
            heard: messages,
            without_keys: told_without_keys(),
            server: seen.server.as_deref().map(str::to_owned),
            trouble: seen.trouble.as_ref().map(ToString::to_string),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trust = if self.is_trusted { "trusted" } else { "distrusted" };
        let server = self.server.as_deref().unwrap_or("no server yet");
        write!(f, "link of {} to {server}: {trust}, bound {:?}", self.namespace, self.bound)?;
        match self.last_fence {
            Some(ago) => writeln!(f, ", last fence {} ms ago", ago.as_millis())?,
            None => writeln!(f, ", no fence yet")?,
        }
        if !self.is_bound_kept {
            writeln!(f, "  the bound is not kept: values are used while the server is away")?;
        }
        write!(f, "  told {}, heard {}; ", messages(self.told), self.heard)?;
        match self.journal {
            Some(0) => writeln!(f, "nothing waits to be told")?,
            Some(1) => writeln!(f, "1 group waits to be told")?,
            Some(groups) => writeln!(f, "{groups} groups wait to be told")?,
            None => writeln!(f, "so much waits to be told that everything will be invalidated")?,
        }
        write!(
            f,
            "  sessions {}, of which {} missed nothing and {} learned it from the log; everything invalidated {}",
            self.sessions,
            self.warm,
            self.replayed,
            times(self.flushes)
        )?;
        for group in &self.without_keys {
            write!(f, "\n  told without keys: {group}")?;
        }
        match &self.trouble {
            Some(trouble) => write!(f, "\n  {trouble}"),
            None => Ok(()),
        }
    }
}

fn told_without_keys() -> Vec<GroupReport> {
    let groups = link::report().groups.into_iter();
    groups.filter(|group| matches!(group.told, Told::AllKeys(_))).collect()
}

fn messages(count: u64) -> String {
    if count == 1 { "1 message".into() } else { format!("{count} messages") }
}

fn times(count: u64) -> String {
    match count {
        0 => "never".into(),
        1 => "once".into(),
        count => format!("{count} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One group of this process that is told without its key, and one that is not.
    fn without_keys() -> Vec<GroupReport> {
        gcache::group!(Film: &'static str, name = "status.film");
        gcache::group!(Book: u64, name = "status.book");
        invalidate_film("Alien");
        invalidate_book(7);
        let groups = told_without_keys();
        groups.into_iter().filter(|group| group.model.starts_with("status.")).collect()
    }

    #[test]
    fn a_person_can_read_it() {
        let mut status = Status {
            namespace: "shop".into(),
            is_trusted: true,
            bound: Duration::from_secs(1),
            is_bound_kept: true,
            last_fence: Some(Duration::from_millis(123)),
            journal: Some(0),
            sessions: 3,
            warm: 1,
            replayed: 1,
            flushes: 1,
            told: 120,
            heard: 4711,
            without_keys: Vec::new(),
            server: Some("valkey 9.1.2 at 127.0.0.1:6379".into()),
            trouble: None,
        };
        assert_eq!(
            status.to_string(),
            "link of shop to valkey 9.1.2 at 127.0.0.1:6379: trusted, bound 1s, last fence 123 ms ago\n  \
             told 120 messages, heard 4711; nothing waits to be told\n  \
             sessions 3, of which 1 missed nothing and 1 learned it from the log; everything invalidated once"
        );
        status.without_keys = without_keys();
        assert!(
            status
                .to_string()
                .ends_with("\n  told without keys: status.film: all keys, since `&str` borrows"),
            "{status}"
        );
        (status.is_trusted, status.is_bound_kept, status.journal) = (false, false, None);
        status.trouble = Some("the server is a replica".into());
        let shown = status.to_string();
        assert!(
            shown.contains("distrusted")
                && shown.contains("not kept")
                && shown.contains("a replica"),
            "{shown}"
        );
    }
}
