//! What a program holds of its link.

use crate::error::NotReady;
use crate::machine::Event;
use crate::shared::{Shared, catch_up};
use crate::status::Status;
use crate::values::{Counts, Values};
use crate::wait::lock;
use gcache::Invalidated;
use gcache::link::{Receipt, Transport, Unreachable};
use std::fmt;
use std::time::Duration;

/// The link of this process to the others. It is kept up by threads of its own, so it may be dropped; clones are the
/// same link.
///
/// A future of it may be awaited on any executor. Each has a twin that sleeps on the calling thread instead, for at most
/// as long as it is told, and must not be called in async code.
#[derive(Clone)]
pub struct Link {
    shared: &'static Shared,
    values: Option<&'static Values>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("namespace", &self.shared.namespace).finish_non_exhaustive()
    }
}

impl Link {
    pub(crate) fn new(shared: &'static Shared, values: Option<&'static Values>) -> Self {
        Self { shared, values }
    }

    /// What has happened to shared values in this process, if it [shares](crate::Options::shared_values) any.
    pub fn values(&self) -> Option<&'static Counts> {
        self.values.map(Values::counts)
    }

    /// Waits until the link is trusted, at most so long. Nobody has to wait: until then, values live for the bound.
    ///
    /// # Errors
    ///
    /// [`NotReady`], with what the server said last. The link goes on trying.
    pub async fn ready(&self, patience: Duration) -> Result<(), NotReady> {
        self.shared.comes(patience, || self.shared.is_trusted()).await;
        self.readiness()
    }

    /// [`ready`](Self::ready), on this thread.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub fn ready_blocking(&self, patience: Duration) -> Result<(), NotReady> {
        self.shared.comes_blocking(patience, || self.shared.is_trusted());
        self.readiness()
    }

    fn readiness(&self) -> Result<(), NotReady> {
        if self.shared.is_trusted() {
            return Ok(());
        }
        Err(NotReady { why: lock(&self.shared.seen).trouble.as_ref().map(ToString::to_string) })
    }

    /// Waits until all processes can hear of an invalidation. From then on the bound counts.
    ///
    /// `None`: nobody was told, since a transaction has deferred it or its groups are local.
    ///
    /// # Errors
    ///
    /// [`Unreachable`]: not known. It is done here, and the others will be told.
    pub async fn acknowledged(
        &self,
        invalidated: Invalidated,
    ) -> Result<Option<Receipt>, Unreachable> {
        match invalidated.ticket() {
            0 => Ok(None),
            ticket => self.shared.acknowledged(ticket).await.map(Some),
        }
    }

    /// [`acknowledged`](Self::acknowledged), on this thread.
    ///
    /// # Errors
    ///
    /// As [`acknowledged`](Self::acknowledged).
    pub fn acknowledged_blocking(
        &self,
        invalidated: Invalidated,
        patience: Duration,
    ) -> Result<Option<Receipt>, Unreachable> {
        let ticket = invalidated.ticket();
        if ticket == 0 {
            return Ok(None);
        }
        let position = self.shared.asked_blocking(patience, |waiter, until| {
            Event::Acknowledge { waiter, until, ticket }
        })?;
        Ok(Some(Receipt::new(position.to_string())))
    }

    /// Waits until this process has heard of all that was acknowledged anywhere before: one round trip, which all who
    /// ask at the moment share. From then on, each call is as fresh as the begin of the fence.
    ///
    /// # Errors
    ///
    /// [`Unreachable`]: not known.
    pub async fn fence(&self) -> Result<(), Unreachable> {
        self.shared.fence().await
    }

    /// [`fence`](Self::fence), on this thread.
    ///
    /// # Errors
    ///
    /// As [`fence`](Self::fence).
    pub fn fence_blocking(&self, patience: Duration) -> Result<(), Unreachable> {
        self.shared
            .asked_blocking(patience, |waiter, until| Event::Fence { waiter, until })
            .map(drop)
    }

    /// Waits until this process has heard of one invalidation, by the receipt that another process was given for it. At
    /// once if it has.
    ///
    /// # Errors
    ///
    /// [`Unreachable`]: not known, or this server has not given so many. A text that is no receipt at all is answered by a
    /// [`fence`](Self::fence).
    pub async fn caught_up(&self, receipt: &Receipt) -> Result<(), Unreachable> {
        self.shared.caught_up(receipt).await
    }

    /// [`caught_up`](Self::caught_up), on this thread.
    ///
    /// # Errors
    ///
    /// As [`caught_up`](Self::caught_up).
    pub fn caught_up_blocking(
        &self,
        receipt: &Receipt,
        patience: Duration,
    ) -> Result<(), Unreachable> {
        let event = |waiter, until| catch_up(waiter, until, receipt);
        self.shared.asked_blocking(patience, event).map(drop)
    }

    /// How the link is, for logs and for people: it has a `Display` of several lines.
    pub fn status(&self) -> Status {
        Status::of(self.shared)
    }

    /// Tells the others what they have not been told yet, waiting at most so long, and gives the link up: for a process
    /// that exits in order. What is computed afterwards lives for the bound.
    ///
    /// # Errors
    ///
    /// [`Unreachable`]: something was not told. It is lost with the process.
    pub async fn close(self, patience: Duration) -> Result<(), Unreachable> {
        let told = self.shared.comes(patience, || lock(&self.shared.machine).has_told_all()).await;
        self.given_up(told)
    }

    /// [`close`](Self::close), on this thread.
    ///
    /// # Errors
    ///
    /// As [`close`](Self::close).
    pub fn close_blocking(self, patience: Duration) -> Result<(), Unreachable> {
        let told =
            self.shared.comes_blocking(patience, || lock(&self.shared.machine).has_told_all());
        self.given_up(told)
    }

    fn given_up(self, told: bool) -> Result<(), Unreachable> {
        self.shared.close();
        if told { Ok(()) } else { Err(Unreachable) }
    }
}
