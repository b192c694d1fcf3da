//! How far this process has heard what is invalidated anywhere.

use super::events::Position;
use crate::message::Message;
use std::sync::Arc;

/// The server process, the incarnation of its state, and the number up to which nothing was missed.
#[derive(Debug, Default)]
pub(super) struct Heard {
    server: Option<Arc<str>>,
    incarnation: Arc<str>,
    last: u64,
    /// What came since the subscription, while it is not known yet whether it follows on what was heard before.
    ahead: Ahead,
}

#[derive(Debug, Default)]
enum Ahead {
    #[default]
    None,
    /// Messages of an incarnation, from the first to the last without a gap.
    From { incarnation: Arc<str>, first: u64, last: u64 },
    /// There was a gap among them, or one could not be read.
    Broken,
}

/// What a state that was read says of what was heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is missed.
    Whole,
    /// The messages from `last + 1` are missed, which the log may have.
    Gap,
    /// It is not known what is missed.
    Missed,
}

impl Heard {
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn position(&self) -> Position {
        Position { incarnation: Arc::clone(&self.incarnation), number: self.last }
    }

    /// Whether a message of a trusted session is the next one. Its number is taken over in any case.
    pub(super) fn is_next(&mut self, message: &Message) -> bool {
        // mutant: incarnation_ignored_in_message
        let is_next = message.incarnation == self.incarnation
            && Some(message.number) == self.last.checked_add(1);
        self.incarnation = Arc::clone(&message.incarnation);
        self.last = message.number;
        is_next
    }

    /// Notes a message that came before this session's first state was compared; `None` if it could not be read.
    pub(super) fn ahead(&mut self, message: Option<&Message>) {
        let Some(message) = message else {
            self.ahead = Ahead::Broken;
            return;
        };
        match &mut self.ahead {
            Ahead::None => {
                let incarnation = Arc::clone(&message.incarnation);
                self.ahead =
                    Ahead::From { incarnation, first: message.number, last: message.number };
            }
            Ahead::From { incarnation, last, .. }
                if *incarnation == message.incarnation
                    && last.checked_add(1) == Some(message.number) =>
            {
                *last = message.number;
            }
            Ahead::From { .. } | Ahead::Broken => self.ahead = Ahead::Broken,
        }
    }

    /// A new session listens: what came ahead of an earlier one is no part of it.
    pub(super) fn listen(&mut self) {
        self.ahead = Ahead::None;
    }

    /// Compares the first state of a session, of a server, with what earlier sessions have heard.
    pub(super) fn resume(
        &mut self,
        server: Option<&Arc<str>>,
        incarnation: &Arc<str>,
        count: u64,
    ) -> Verdict {
        // A server that does not say who it is may be another one each time.
        // mutant: run_id_ignored
        let same_server = server.is_some() && server == self.server.as_ref();
        // mutant: incarnation_ignored
        if !same_server || *incarnation != self.incarnation {
            return Verdict::Missed;
        }
        self.join(count)
    }

    /// Whether all up to `count` is heard, together with what came ahead.
    pub(super) fn join(&mut self, count: u64) -> Verdict {
        match &self.ahead {
            Ahead::Broken => return Verdict::Missed,
            Ahead::From { incarnation, .. } if *incarnation != self.incarnation => {
                return Verdict::Missed;
            }
            Ahead::From { first, last, .. } if *first <= self.last.saturating_add(1) => {
                self.last = self.last.max(*last);
                self.ahead = Ahead::None;
            }
            Ahead::From { .. } => return Verdict::Gap,
            Ahead::None => {}
        }
        if self.last >= count { Verdict::Whole } else { Verdict::Gap }
    }

    /// Hears a message of the log. Whether it follows; one that was heard before is passed over with `None`.
    pub(super) fn replay(&mut self, message: &Message) -> Option<bool> {
        if message.incarnation == self.incarnation && message.number <= self.last {
            return None;
        }
        Some(self.is_next(message))
    }

    /// Whether a state that was read in a session counts nothing that was not heard.
    pub(super) fn covers(&self, incarnation: &Arc<str>, count: u64) -> bool {
        // mutant: incarnation_ignored_in_fence
        *incarnation == self.incarnation && count <= self.last
    }

    /// Takes a state over, since all is invalidated.
    pub(super) fn take_over(
        &mut self,
        server: Option<&Arc<str>>,
        incarnation: &Arc<str>,
        count: u64,
    ) {
        let ahead = match &self.ahead {
            Ahead::From { incarnation: ahead, last, .. } if ahead == incarnation => *last,
            _ => 0,
        };
        *self = Self {
            server: server.cloned(),
            incarnation: Arc::clone(incarnation),
            last: count.max(ahead),
            ahead: Ahead::None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(incarnation: &str, number: u64) -> Message {
        Message { incarnation: incarnation.into(), number, origin: "o".into(), body: "[]".into() }
    }

    fn heard(last: u64) -> Heard {
        Heard { server: Some("s".into()), incarnation: "a".into(), last, ahead: Ahead::None }
    }

    fn resume(heard: &mut Heard, server: Option<&str>, incarnation: &str, count: u64) -> Verdict {
        heard.resume(server.map(Arc::from).as_ref(), &incarnation.into(), count)
    }

    #[test]
    fn only_the_next_number_of_the_incarnation_is_next() {
        assert!(heard(4).is_next(&message("a", 5)));
        assert!(!heard(4).is_next(&message("a", 4)));
        assert!(!heard(4).is_next(&message("a", 6)));
        assert!(!heard(4).is_next(&message("b", 5)));
        assert!(!heard(u64::MAX).is_next(&message("a", 0)));
    }

    #[test]
    fn a_session_resumes_what_the_same_server_and_incarnation_counted() {
        assert_eq!(resume(&mut heard(4), Some("s"), "a", 4), Verdict::Whole);
        assert_eq!(resume(&mut heard(4), Some("s"), "a", 5), Verdict::Gap);
        assert_eq!(resume(&mut heard(4), Some("s"), "b", 4), Verdict::Missed);
        assert_eq!(resume(&mut heard(4), Some("other"), "a", 4), Verdict::Missed);
        assert_eq!(resume(&mut heard(4), None, "a", 4), Verdict::Missed);
        assert_eq!(
            resume(&mut Heard::default(), None, "", 0),
            Verdict::Missed,
            "nothing was heard yet"
        );
    }

    #[test]
    fn what_came_ahead_is_joined_where_it_follows() {
        let mut heard = heard(4);
        heard.ahead(Some(&message("a", 7)));
        heard.ahead(Some(&message("a", 8)));
        assert_eq!(resume(&mut heard, Some("s"), "a", 7), Verdict::Gap);
        assert_eq!(heard.replay(&message("a", 4)), None);
        assert_eq!(heard.replay(&message("a", 5)), Some(true));
        assert_eq!(heard.join(7), Verdict::Gap);
        assert_eq!(heard.replay(&message("a", 6)), Some(true));
        assert_eq!(heard.join(7), Verdict::Whole);
        assert_eq!(heard.last(), 8);
    }

    #[test]
    fn a_gap_ahead_is_missed() {
        for messages in [
            [Some(("a", 5)), Some(("a", 7))],
            [Some(("a", 5)), Some(("b", 6))],
            [Some(("a", 5)), None],
        ] {
            let mut heard = heard(4);
            for next in messages {
                heard
                    .ahead(next.map(|(incarnation, number)| message(incarnation, number)).as_ref());
            }
            assert_eq!(resume(&mut heard, Some("s"), "a", 5), Verdict::Missed, "{messages:?}");
        }
    }

    #[test]
    fn a_state_that_is_taken_over_includes_what_came_ahead_of_it() {
        let mut heard = heard(4);
        heard.ahead(Some(&message("b", 7)));
        heard.take_over(Some(&"s".into()), &"b".into(), 6);
        assert_eq!(heard.position().to_string(), "b-7");
        assert!(heard.covers(&"b".into(), 7));
        assert!(!heard.covers(&"b".into(), 8));
        assert!(!heard.covers(&"a".into(), 7));
    }
}
