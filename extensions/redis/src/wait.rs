//! Those who wait for an answer: tasks of any executor, or threads.

use crate::machine::{Answer, Waiter};
use event_listener::{Event, Listener};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The lock of a mutex of ours. Nothing panics under one, and if it did, what they guard is whole at each step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All waits that are open.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    open: Mutex<HashMap<Waiter, Arc<Slot>>>,
    last: AtomicU64,
}

/// Where an answer is put.
#[derive(Debug, Default)]
struct Slot {
    answer: Mutex<Option<Answer>>,
    answered: Event,
}

/// One open wait, for its answer. Dropped, it is forgotten.
#[derive(Debug)]
pub(crate) struct Wait<'a> {
    waits: &'a Waits,
    waiter: Waiter,
    slot: Arc<Slot>,
}

impl Waits {
    /// Opens a wait, before anybody is asked.
    pub(crate) fn open(&self) -> Wait<'_> {
        let waiter = self.last.fetch_add(1, Ordering::Relaxed);
        let slot = Arc::new(Slot::default());
        lock(&self.open).insert(waiter, Arc::clone(&slot));
        Wait { waits: self, waiter, slot }
    }

    /// Answers a wait, if anybody still waits.
    pub(crate) fn answer(&self, waiter: Waiter, answer: Answer) {
        let slot = lock(&self.open).remove(&waiter);
        if let Some(slot) = slot {
            *lock(&slot.answer) = Some(answer);
            // Wakers run here, under no lock.
            slot.answered.notify(usize::MAX);
        }
    }
}

impl Wait<'_> {
    pub(crate) fn waiter(&self) -> Waiter {
        self.waiter
    }

    fn answer(&self) -> Option<Answer> {
        lock(&self.slot.answer).clone()
    }

    /// Waits for the answer.
    pub(crate) async fn answered(self) -> Answer {
        loop {
            let listener = self.slot.answered.listen();
            // Looked at after listening, so an answer that comes in between is heard.
            if let Some(answer) = self.answer() {
                return answer;
            }
            listener.await;
        }
    }

    /// Waits for the answer on this thread, at most so long.
    pub(crate) fn answered_within(self, patience: Duration) -> Answer {
        let until = Instant::now().checked_add(patience);
        loop {
            let listener = self.slot.answered.listen();
            if let Some(answer) = self.answer() {
                return answer;
            }
            match until {
                Some(until) => {
                    if listener.wait_deadline(until).is_none() {
                        return self.answer().flatten();
                    }
                }
                None => listener.wait(),
            }
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        lock(&self.waits.open).remove(&self.waiter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::thread;

    fn position() -> Answer {
        "a-1".parse().ok()
    }

    #[test]
    fn an_answer_reaches_its_own_wait() {
        let waits = Waits::default();
        let (first, second) = (waits.open(), waits.open());
        let number = second.waiter();
        let mut first = pin!(first.answered());
        let mut second = pin!(second.answered());
        let mut context = Context::from_waker(Waker::noop());
        assert!(second.as_mut().poll(&mut context).is_pending());
        waits.answer(number, position());
        assert_eq!(second.as_mut().poll(&mut context), Poll::Ready(position()));
        assert!(first.as_mut().poll(&mut context).is_pending());
    }

    #[test]
    fn a_wait_that_is_dropped_is_forgotten() {
        let waits = Waits::default();
        let wait = waits.open();
        let number = wait.waiter();
        drop(wait);
        assert!(lock(&waits.open).is_empty());
        waits.answer(number, position());
    }

    #[test]
    fn a_thread_waits_until_it_is_answered_or_its_time_is_over() {
        let waits = Waits::default();
        assert_eq!(waits.open().answered_within(Duration::from_millis(1)), None);
        let wait = waits.open();
        let number = wait.waiter();
        thread::scope(|scope| {
            scope.spawn(|| waits.answer(number, position()));
            assert_eq!(wait.answered_within(Duration::MAX), position());
        });
    }
}
