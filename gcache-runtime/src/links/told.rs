//! What a future has told others, among all that tell at the same time.

use super::link::end_named;
use super::named::NamedGroup;
use super::tell::{Telling, publish};
use crate::groups::Invalidated;
use crate::sync::thread_local;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;

thread_local! {
    /// The last ticket that this thread was given, since the future that asks for it is polled.
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// This thread was given a ticket.
pub(super) fn note(ticket: u64) {
    // Where a thread ends, no future is polled any more.
    let _ = LAST.try_with(|last| last.set(last.get().max(ticket)));
}

/// Runs `future`, and returns what it has told others as well: to wait for with [`acknowledged`](super::acknowledged), as a
/// web server does for the receipt of a request. Of tasks that it spawns it knows nothing.
///
/// ```
/// # pollster::block_on(async {
/// use gcache::{invalidate_tag, link};
///
/// let (_, told) = link::told(async { invalidate_tag("front page") }).await;
/// assert_eq!(told.ticket(), 0); // nobody was told: there is no link
/// # });
/// ```
pub async fn told<F: Future>(future: F) -> (F::Output, Invalidated) {
    let mut future = pin!(future);
    let mut told = 0;
    let output = poll_fn(|task| {
        let _outer = Outer::enter();
        let polled = future.as_mut().poll(task);
        told = told.max(LAST.with(Cell::get));
        polled
    })
    .await;
    (output, Invalidated::now(0, told))
}

/// The ticket of a future around the one that is polled, which has told what that has told, and maybe more. Noted again
/// also if the poll panics.
struct Outer(u64);

impl Outer {
    fn enter() -> Self {
        Self(LAST.with(|last| last.replace(0)))
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        note(self.0);
    }
}

/// Whether others are told of what is invalidated here: whether a link has a transport.
///
/// ```
/// assert!(!gcache::link::is_linked(), "there is no link");
/// ```
pub fn is_linked() -> bool {
    super::is_any_told()
}

/// Invalidates groups by their names, here and, as one message, in all linked processes: what an outbox or another program has
/// written down. It waits for no transaction. Nothing is returned of how many generations ended.
///
/// ```
/// # #[cfg(feature = "links")]
/// # fn main() -> Result<(), serde_json::Error> {
/// use gcache::link;
///
/// link::invalidate(&[r#"["shop.book","row",7]"#.parse()?]);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "links"))]
/// # fn main() {}
/// ```
pub fn invalidate(groups: &[NamedGroup]) -> Invalidated {
    let _telling = Telling::begin();
    groups.iter().for_each(end_named);
    // Once all has ended here.
    Invalidated::now(0, publish(groups.to_vec()))
}
