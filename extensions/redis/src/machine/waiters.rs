//! Those who wait: for an acknowledgement, for a fence, for a receipt.

use super::events::{Action, Position, Waiter};
use std::time::Duration;

/// Somebody who waits until a moment at most.
#[derive(Clone, Debug)]
struct Waiting<W> {
    waiter: Waiter,
    until: Duration,
    wish: W,
}

/// All that wait, each kind in the order in which their patience ends.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    acknowledgements: Vec<Waiting<u64>>,
    /// Those whose fence is still to be sent; with the receipt that is to be reached, if they want no more.
    fences: Vec<Waiting<Option<Position>>>,
    /// Those whom the fence under way will answer.
    sent: Vec<Waiting<Option<Position>>>,
}

/// Adds somebody behind all whose patience ends no later: nearly always at the end.
fn add<W>(list: &mut Vec<Waiting<W>>, new: Waiting<W>) {
    let at = list.partition_point(|waiting| waiting.until <= new.until);
    list.insert(at, new);
}

fn answer(waiter: Waiter, answer: Option<&Position>) -> Action {
    Action::Answer { waiter, answer: answer.cloned() }
}

impl Waiters {
    pub(super) fn acknowledge(&mut self, waiter: Waiter, until: Duration, ticket: u64) {
        add(&mut self.acknowledgements, Waiting { waiter, until, wish: ticket });
    }

    pub(super) fn fence(&mut self, waiter: Waiter, until: Duration, receipt: Option<Position>) {
        add(&mut self.fences, Waiting { waiter, until, wish: receipt });
    }

    /// Whether somebody waits for a fence that is still to be sent.
    pub(super) fn want_fence(&self) -> bool {
        !self.fences.is_empty()
    }

    /// A fence is about to be sent: it answers those who asked before, and nobody who asks while it is under way.
    pub(super) fn send(&mut self) {
        self.sent.append(&mut self.fences);
        self.sent.sort_by_key(|waiting| waiting.until);
    }

    /// The fence did not come back: those whom it was for wait for the next.
    pub(super) fn fail(&mut self) {
        self.send();
        self.fences = std::mem::take(&mut self.sent);
    }

    /// The fence came back, and all up to `reached` is invalidated here.
    pub(super) fn pass(&mut self, reached: &Position, actions: &mut Vec<Action>) {
        // mutant: fence_joined_late
        for Waiting { waiter, wish, .. } in self.sent.drain(..) {
            // A receipt that this server has not counted was given by another one, or by nobody.
            let is_known = wish.is_none_or(|wish| {
                wish.incarnation != reached.incarnation || wish.number <= reached.number
            });
            actions.push(answer(waiter, is_known.then_some(reached)));
        }
    }

    /// All up to here is invalidated, without a fence.
    pub(super) fn reach(&mut self, reached: &Position, actions: &mut Vec<Action>) {
        for list in [&mut self.fences, &mut self.sent] {
            list.retain(|waiting| {
                let is_reached =
                    waiting.wish.as_ref().is_some_and(|wish| is_reached(wish, reached));
                if is_reached {
                    actions.push(answer(waiting.waiter, Some(reached)));
                }
                !is_reached
            });
        }
    }

    /// The server has all tickets up to `told`, the last of them at `position`.
    pub(super) fn told(&mut self, told: u64, position: &Position, actions: &mut Vec<Action>) {
        self.acknowledgements.retain(|waiting| {
            if waiting.wish <= told {
                actions.push(answer(waiting.waiter, Some(position)));
            }
            waiting.wish > told
        });
    }

    /// Answers those whose patience is over: it is not known.
    pub(super) fn expire(&mut self, now: Duration, actions: &mut Vec<Action>) {
        if self.next().is_none_or(|next| now < next) {
            return;
        }
        self.acknowledgements.retain(|waiting| waiting.waits_at(now, actions));
        self.fences.retain(|waiting| waiting.waits_at(now, actions));
        self.sent.retain(|waiting| waiting.waits_at(now, actions));
    }

    /// When somebody's patience ends.
    pub(super) fn next(&self) -> Option<Duration> {
        let acknowledgement = self.acknowledgements.first().map(|waiting| waiting.until);
        let fences =
            [&self.fences, &self.sent].map(|list| list.first().map(|waiting| waiting.until));
        fences.into_iter().chain([acknowledgement]).flatten().min()
    }
}

impl<W> Waiting<W> {
    fn waits_at(&self, now: Duration, actions: &mut Vec<Action>) -> bool {
        if self.until <= now {
            actions.push(answer(self.waiter, None));
        }
        now < self.until
    }
}

/// Whether what is at `receipt` is invalidated where all up to `reached` is.
pub(super) fn is_reached(receipt: &Position, reached: &Position) -> bool {
    receipt.incarnation == reached.incarnation && receipt.number <= reached.number
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    /// Who is answered at a moment.
    fn expired(waiters: &mut Waiters, at: u32) -> Vec<Waiter> {
        let mut actions = Vec::new();
        waiters.expire(at * S, &mut actions);
        let waiter = |action| match action {
            Action::Answer { waiter, answer: None } => waiter,
            other => panic!("{other:?}"),
        };
        actions.into_iter().map(waiter).collect()
    }

    #[test]
    fn each_waits_for_as_long_as_it_said() {
        let mut waiters = Waiters::default();
        waiters.acknowledge(1, 9 * S, 1);
        waiters.acknowledge(2, 2 * S, 1);
        waiters.fence(3, 8 * S, None);
        waiters.send();
        waiters.fence(4, 3 * S, None);
        waiters.fail();
        waiters.fence(5, 5 * S, None);
        assert_eq!(waiters.next(), Some(2 * S));
        assert!(expired(&mut waiters, 1).is_empty());
        assert_eq!(expired(&mut waiters, 3), [2, 4]);
        assert_eq!(waiters.next(), Some(5 * S));
        assert_eq!(expired(&mut waiters, 8), [5, 3]);
        assert_eq!(expired(&mut waiters, 9), [1]);
        assert_eq!(waiters.next(), None);
    }
}
