//! Deletes rows of which others have been told.

use super::table::{delete_anywhere, is_told};
use gcache::Invalidated;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::sleep;

/// How many rows wait at most. Those beyond stay until they are replayed.
const MOST: usize = 10_000;

/// The time between two looks at others that cannot be reached.
const AGAIN: Duration = Duration::from_secs(1);

static QUEUE: Mutex<Queue> = Mutex::new(Queue { waiting: Vec::new(), is_worked_on: false });

struct Queue {
    /// In the order of their tickets, nearly.
    waiting: Vec<(Box<str>, Invalidated)>,
    /// Whether a task works on it.
    is_worked_on: bool,
}

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Deletes the row `id`, in the background, once others can hear of what was `invalidated`.
pub(super) fn delete_once_told(id: Box<str>, invalidated: Invalidated) {
    // Without a runtime it stays until it is replayed.
    let Ok(runtime) = Handle::try_current() else { return };
    let mut queue = queue();
    if queue.waiting.len() < MOST {
        queue.waiting.push((id, invalidated));
    }
    if !queue.is_worked_on {
        queue.is_worked_on = true;
        drop(queue);
        runtime.spawn(work(Worker));
    }
}

/// The task that works on the queue. Dropped, by its runtime for one, it lets another one begin.
struct Worker;

impl Drop for Worker {
    fn drop(&mut self) {
        queue().is_worked_on = false;
    }
}

async fn work(worker: Worker) {
    loop {
        let rows = {
            let mut queue = queue();
            if queue.waiting.is_empty() {
                // Under the lock: who adds a row after this begins another task.
                queue.is_worked_on = false;
                std::mem::forget(worker);
                return;
            }
            std::mem::take(&mut queue.waiting)
        };
        let ids: Vec<Box<str>> = rows.iter().map(|(id, _)| id.clone()).collect();
        // Who has been told of a ticket has been told of those before it.
        let last = rows.iter().map(|(_, invalidated)| *invalidated).max_by_key(Invalidated::ticket);
        let told = match last {
            Some(last) => is_told(last).await,
            None => true,
        };
        if told {
            delete_anywhere(&ids).await;
        } else {
            put_back(rows);
            sleep(AGAIN).await;
        }
    }
}

fn put_back(mut rows: Vec<(Box<str>, Invalidated)>) {
    let mut queue = queue();
    rows.append(&mut queue.waiting);
    rows.truncate(MOST);
    queue.waiting = rows;
}
