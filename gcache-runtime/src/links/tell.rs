//! What others are told.

use super::link::transports;
use super::named::NamedGroup;
use super::told;
use crate::groups::Invalidated;
use crate::sync::{AtomicCount, AtomicFlag, Mutex, Ordering};
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;

/// A future of a [`Transport`].
///
/// ```
/// use gcache::link::{BoxFuture, Unreachable};
///
/// fn fence() -> BoxFuture<'static, Result<(), Unreachable>> {
///     Box::pin(async { Ok(()) })
/// }
/// # assert_eq!(pollster::block_on(fence()), Ok(()));
/// ```
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How a process tells others what it has invalidated, and learns whether it has heard of what they have.
///
/// No method blocks: `publish` is called where something is invalidated, under a lock. A crate that links processes
/// implements it; a program calls [`acknowledged`], [`fence`] and [`caught_up`].
///
/// ```
/// use gcache::link::{self, BoxFuture, Covers, Link, NamedGroup, Receipt, Transport, Unreachable};
/// use std::sync::Mutex;
/// use std::time::Duration;
///
/// /// Others read what is written here.
/// struct Shelf(Mutex<Vec<(u64, Vec<NamedGroup>)>>);
///
/// impl Transport for Shelf {
///     fn publish(&self, ticket: u64, groups: Vec<NamedGroup>) {
///         self.0.lock().unwrap().push((ticket, groups));
///     }
///     fn acknowledged(&self, ticket: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
///         Box::pin(async move { Ok(Receipt::new(ticket.to_string())) })
///     }
///     fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
///         Box::pin(async { Ok(()) })
///     }
///     fn caught_up(&self, receipt: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
///         let is_known = receipt.as_str().parse::<u64>().is_ok();
///         Box::pin(async move { if is_known { Ok(()) } else { Err(Unreachable) } })
///     }
/// }
///
/// static SHELF: Shelf = Shelf(Mutex::new(Vec::new()));
///
/// let bound = Duration::from_secs(1);
/// let handle = link::link(Link { name: "shelf", bound, covers: Covers::All, transport: Some(&SHELF) })?;
/// # pollster::block_on(async {
/// let invalidated = gcache::invalidate_tag("front page");
/// let receipt = link::acknowledged(invalidated).await?.expect("others were told");
/// assert_eq!(SHELF.0.lock().unwrap()[0].0, invalidated.ticket());
/// link::caught_up(&receipt).await?; // in another process
/// # Ok::<(), Unreachable>(())
/// # }).unwrap();
/// # Ok::<(), gcache::link::LinkError>(())
/// ```
pub trait Transport: Send + Sync {
    /// Tells others that `groups` were invalidated. They have ended here. Called in the order of tickets, from 1 on; a
    /// ticket may be left out. Must not invalidate anything here itself.
    fn publish(&self, ticket: u64, groups: Vec<NamedGroup>);

    /// Waits until others can hear of all up to `ticket`.
    ///
    /// # Errors
    ///
    /// The future's, of all three methods: [`Unreachable`] if that is not known within a time that the transport chooses.
    fn acknowledged(&self, ticket: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>>;

    /// Waits until this process has heard of all that was acknowledged before the future was first polled.
    fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>>;

    /// Waits until this process has heard of what `receipt` stands for.
    fn caught_up(&self, receipt: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>>;
}

/// Stands for an invalidation that was acknowledged, for those who want to see it in another process. A text, which
/// only the transport can read.
///
/// ```
/// use gcache::link::Receipt;
///
/// // It travels as a text, in a cookie or a header. Whether it is one, `caught_up` says.
/// let receipt: Receipt = "5eed0123 4711".parse().unwrap();
/// assert_eq!(receipt, Receipt::new("5eed0123 4711"));
/// assert_eq!(receipt.to_string(), receipt.as_str());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Receipt(Box<str>);

impl Receipt {
    /// What a transport writes.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// What the transport has written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Receipt {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text))
    }
}

/// The others cannot be reached: it is not known whether they have heard, or whether this process has. What was
/// invalidated is invalidated here, and they will be told.
///
/// ```
/// use gcache::link::Unreachable;
///
/// assert!(Unreachable.to_string().starts_with("the other processes cannot be reached"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unreachable;

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the other processes cannot be reached: what they know is not known")
    }
}

impl std::error::Error for Unreachable {}

/// Whether any link has a transport.
static ANY_TOLD: AtomicFlag = AtomicFlag::new(false);

pub(super) fn set_any_told(any: bool) {
    ANY_TOLD.store(any, Ordering::Relaxed);
}

/// Whether others are told of invalidations.
#[inline]
pub(crate) fn is_any_told() -> bool {
    // A link that comes or goes meanwhile may or may not be told.
    ANY_TOLD.load(Ordering::Relaxed)
}

/// How many invalidations have begun here, and have yet to be told.
static TELLING: AtomicCount = AtomicCount::new(0);

/// An invalidation that others will be told of, from before its first group ends until they are.
#[derive(Debug)]
pub(crate) struct Telling(());

impl Telling {
    /// None where nobody is told.
    pub(crate) fn begin() -> Option<Self> {
        is_any_told().then(|| {
            TELLING.fetch_add(1, Ordering::SeqCst);
            Self(())
        })
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        TELLING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether groups may have ended here that no transport has been told of.
pub(crate) fn is_telling() -> bool {
    TELLING.load(Ordering::SeqCst) != 0
}

/// The last ticket that was given.
static TICKET: Mutex<u64> = Mutex::new(0);

/// Tells others that `groups` have ended here. Returns a ticket, or 0 if nobody is told.
pub(crate) fn publish(mut groups: Vec<NamedGroup>) -> u64 {
    let transports = if groups.is_empty() { Vec::new() } else { transports() };
    if transports.is_empty() {
        return 0;
    }
    // Held while transports are called, so that they are in the order of tickets.
    let mut ticket = TICKET.lock();
    *ticket += 1;
    for (at, transport) in transports.iter().enumerate() {
        let last = at + 1 == transports.len();
        let groups = if last { std::mem::take(&mut groups) } else { groups.clone() };
        transport.publish(*ticket, groups);
    }
    told::note(*ticket);
    *ticket
}

/// Waits until other processes can hear of an invalidation. At once where nobody was told: of what a
/// transaction defers, of local groups, and without a link.
///
/// # Errors
///
/// [`Unreachable`]: not known.
///
/// ```
/// # pollster::block_on(async {
/// use gcache::{invalidate_tag, link};
///
/// // The receipt is for the one who is to see the change in another process. None: there is no link here.
/// let receipt = link::acknowledged(invalidate_tag("front page")).await?;
/// assert!(receipt.is_none());
/// # Ok::<(), link::Unreachable>(())
/// # }).unwrap();
/// ```
pub async fn acknowledged(invalidated: Invalidated) -> Result<Option<Receipt>, Unreachable> {
    if invalidated.ticket() == 0 {
        return Ok(None);
    }
    let mut receipt = None;
    for transport in transports() {
        receipt = Some(transport.acknowledged(invalidated.ticket()).await?);
    }
    Ok(receipt)
}

/// Waits until this process has heard of all invalidations that others were acknowledged before this was first polled. At once
/// without a link.
///
/// # Errors
///
/// [`Unreachable`]: not known.
///
/// ```
/// # pollster::block_on(async {
/// use gcache::link::{self, Unreachable};
///
/// async fn prices() -> Result<String, Unreachable> {
///     link::fence().await?; // all that follows is as fresh as this line
///     Ok("..".to_owned())
/// }
/// assert!(prices().await.is_ok());
/// # });
/// ```
pub async fn fence() -> Result<(), Unreachable> {
    for transport in transports() {
        transport.fence().await?;
    }
    Ok(())
}

/// Waits until this process has heard of what `receipt` stands for, which
/// [`acknowledged`] has returned in any process.
///
/// # Errors
///
/// [`Unreachable`]: not known. So it is without a link.
///
/// ```
/// # pollster::block_on(async {
/// use gcache::link::{self, Unreachable};
///
/// // From the cookie of a visitor, who has changed something by another process. This one is not linked.
/// let receipt = "5eed0123 4711".parse().unwrap();
/// assert_eq!(link::caught_up(&receipt).await, Err(Unreachable));
/// # });
/// ```
pub async fn caught_up(receipt: &Receipt) -> Result<(), Unreachable> {
    let transports = transports();
    if transports.is_empty() {
        return Err(Unreachable);
    }
    for transport in transports {
        transport.caught_up(receipt).await?;
    }
    Ok(())
}
