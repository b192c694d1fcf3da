//! What a link may do.

use super::address::COVERS_ALL;
use super::guard;
use super::named::{ALL, NamedGroup};
use super::tell::{Transport, set_any_told};
use super::trust;
use crate::clock::{LastTimestamp, Timestamp};
use crate::generations::note_deadlines_until;
use crate::registry::{self, AnyModel};
use crate::sync::Mutex;
use std::fmt;
use std::time::{Duration, Instant};

/// What a link is: what [`link`] is given.
///
/// ```
/// use gcache::link::{Covers, Link};
/// use std::time::Duration;
///
/// let this = Link { name: "feed", bound: Duration::from_secs(1), covers: Covers::Tables, transport: None };
/// assert!(format!("{this:?}").starts_with(r#"Link { name: "feed", bound: 1s, covers: Tables"#));
/// ```
pub struct Link {
    /// Names it among the links of the process.
    pub name: &'static str,
    /// For how long a value may be used that was computed in distrust, from the begin of its computation. Zero: what is
    /// computed in distrust is not stored.
    pub bound: Duration,
    /// Which groups it tells others of, and hears of.
    pub covers: Covers,
    /// How it tells others, if it does.
    pub transport: Option<&'static dyn Transport>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, bound, covers, .. } = self;
        let mut shown = f.debug_struct("Link");
        shown.field("name", name).field("bound", bound).field("covers", covers);
        shown.finish_non_exhaustive()
    }
}

/// Which groups a link covers. Two links may cover a group: then it is trusted if both are.
///
/// ```
/// use gcache::link::{Covers, Link, LinkError, link};
/// use std::time::Duration;
///
/// let new = |name, covers| link(Link { name, bound: Duration::from_secs(1), covers, transport: None });
/// let redis = new("redis", Covers::All)?;
/// let database = new("database", Covers::Tables)?;
/// assert_eq!(new("another", Covers::All).err(), Some(LinkError::AllCovered));
/// # Ok::<(), LinkError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Covers {
    /// All that are not local.
    All,
    /// Those of a table of a database: see [`Table`](crate::Table).
    Tables,
}

/// Why there is no such link: what [`link`] returns.
///
/// ```
/// assert_eq!(gcache::link::LinkError::SameName.to_string(), "there is a link of this name");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// A link has this name.
    SameName,
    /// Another link covers all groups.
    AllCovered,
    /// There are as many links as there may be: seven.
    TooMany,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SameName => "there is a link of this name",
            Self::AllCovered => "another link covers all groups",
            Self::TooMany => "there are seven links, and there may be no more",
        })
    }
}

impl std::error::Error for LinkError {}

/// How many links there may be.
const MOST: usize = 7;

/// A link of this process, and its bit in masks.
struct Linked {
    bit: u8,
    link: Link,
}

static LINKS: Mutex<Vec<Linked>> = Mutex::new(Vec::new());

/// When others last invalidated anything.
static BY_OTHERS: LastTimestamp = LastTimestamp::new();

/// When others last invalidated anything, for a model that comes into use.
pub(crate) fn last_invalidated_by_others() -> Timestamp {
    BY_OTHERS.get()
}

/// The transports of all links that are told of the groups that there are.
pub(super) fn transports() -> Vec<&'static dyn Transport> {
    let links = LINKS.lock();
    let told = links.iter().filter(|linked| linked.link.covers == Covers::All);
    told.filter_map(|linked| linked.link.transport).collect()
}

/// Links this process with others. The link begins distrusted, and all that it covers ends.
///
/// # Errors
///
/// [`LinkError`]: a link has this name, both cover all groups, or there are too many.
///
/// ```
/// use gcache::link::{Covers, Link, LinkError, link};
/// use std::time::Duration;
///
/// let this = || Link { name: "one", bound: Duration::from_secs(1), covers: Covers::All, transport: None };
/// let handle = link(this())?;
/// assert!(!handle.is_trusted());
/// assert_eq!(link(this()).err(), Some(LinkError::SameName));
/// handle.unlink();
/// assert!(link(this()).is_ok());
/// # Ok::<(), LinkError>(())
/// ```
pub fn link(link: Link) -> Result<Handle, LinkError> {
    let mut links = LINKS.lock();
    if links.iter().any(|known| known.link.name == link.name) {
        return Err(LinkError::SameName);
    }
    if links.len() == MOST {
        return Err(LinkError::TooMany);
    }
    let taken = links.iter().fold(0, |taken, known| taken | known.bit);
    let bit = match link.covers {
        Covers::All if taken & COVERS_ALL != 0 => return Err(LinkError::AllCovered),
        Covers::All => COVERS_ALL,
        Covers::Tables => 1 << (taken | COVERS_ALL).trailing_ones(),
    };
    trust::set_bound(bit, link.bound);
    let handle = Handle { bit };
    links.push(Linked { bit, link });
    note_told(&links);
    drop(links);
    handle.distrust();
    Ok(handle)
}

fn note_told(links: &[Linked]) {
    set_any_told(links.iter().any(|linked| linked.link.transport.is_some()));
}

/// A link, as the one who keeps it up has it. Dropped, it stays and is distrusted for good.
///
/// ```
/// use gcache::link::{Covers, Link, link};
/// use gcache::{cache_against, group};
/// use std::time::{Duration, Instant};
///
/// group!(Book: u64, name = "shop.book");
///
/// #[cache_against(Book(id))]
/// fn page(id: u64) -> String {
///     format!("book {id}")
/// }
///
/// let bound = Duration::from_secs(1);
/// let handle = link(Link { name: "heard", bound, covers: Covers::All, transport: None })?;
/// // Until then nothing is known of the others: a value is used for the bound.
/// handle.trust();
/// assert!(handle.is_trusted());
/// // For a process that may stand still as a whole: hits look at the clock.
/// handle.guard_until(Some(Instant::now() + bound));
/// page(7);
/// // The connection is lost, and the lease is over: all that the link covers ends.
/// handle.distrust();
/// page(7);
/// assert_eq!(gcache::of(page).stats().misses, 2);
/// // It is back. While it was away, something was missed.
/// handle.invalidate_all();
/// handle.trust();
/// page(7);
/// assert_eq!(gcache::of(page).stats().misses, 3);
/// handle.unlink();
/// # Ok::<(), gcache::link::LinkError>(())
/// ```
#[derive(Debug)]
pub struct Handle {
    bit: u8,
}

/// Held while trust is lost, so that nobody trusts before all has ended. Taken after that of the links, if both are.
static CHANGING: Mutex<()> = Mutex::new(());

/// Distrusts a link. If it was trusted, all that it covers ends.
pub(super) fn distrust(bit: u8) {
    let links = LINKS.lock();
    // A hit may have found the lease of a link over that was taken out since. Nobody would trust it again.
    if links.iter().all(|linked| linked.bit != bit) {
        return;
    }
    let _changing = CHANGING.lock();
    drop(links);
    // Before all end: what is computed in between has a deadline, or ends.
    // mutant: distrust-after-end
    if trust::distrust(bit) {
        invalidate_all(bit);
    }
}

fn invalidate_all(bit: u8) {
    let timestamp = Timestamp::next();
    BY_OTHERS.advance(timestamp);
    covered(bit).for_each(|model| model.invalidate_everything(timestamp));
}

fn covered(bit: u8) -> impl Iterator<Item = &'static dyn AnyModel> {
    registry::models().into_iter().filter(move |model| model.links() & bit != 0)
}

impl Handle {
    /// Says that this process has heard of all that others were acknowledged, but what was acknowledged less than the
    /// bound ago.
    pub fn trust(&self) {
        let _changing = CHANGING.lock();
        if trust::trust(self.bit) {
            // What was computed in distrust has run out of time by then, and no call may ever look at it again.
            note_deadlines_until(Instant::now() + trust::bound(self.bit));
        }
    }

    /// Says that this process may not have heard of something. If the link was trusted, all that it covers ends.
    pub fn distrust(&self) {
        distrust(self.bit);
    }

    /// Has hits look whether the link may still be trusted: the first one from `until` on distrusts it. None, as it is at
    /// first: they do not.
    ///
    /// For a process that may stand still as a whole, where the thread that ends the lease of a link comes late. While a
    /// link is guarded, each hit validates its entry and reads the coarse clock.
    pub fn guard_until(&self, until: Option<Instant>) {
        guard::set(self.bit, until);
    }

    /// Whether it is trusted.
    pub fn is_trusted(&self) -> bool {
        trust::distrusted() & self.bit == 0
    }

    /// Invalidates all that the link covers, here alone.
    pub fn invalidate_all(&self) {
        invalidate_all(self.bit);
    }

    /// Invalidates what others have invalidated, here alone: nobody is told again. Of a part of a model that is not known, or
    /// a key that cannot be read, all of the part or the model. A name that no model has ends nothing, and is not forgotten:
    /// a body that began before, and comes to depend on such a model later, keeps nothing.
    pub fn invalidate(&self, group: &NamedGroup) {
        end(group, self.bit);
    }

    /// Takes the link out. What is cached stays, and nobody is told any more.
    pub fn unlink(self) {
        self.take_out();
        // It is no more, so there is nothing to distrust.
        std::mem::forget(self);
    }

    fn take_out(&self) {
        let mut links = LINKS.lock();
        links.retain(|linked| linked.bit != self.bit);
        note_told(&links);
        guard::set(self.bit, None);
        // Under the lock: another link may get the bit.
        self.trust();
    }
}

/// Ends a group here that was invalidated by its name: all that are shared go by it.
pub(super) fn end_named(group: &NamedGroup) {
    end(group, COVERS_ALL);
}

fn end(group: &NamedGroup, links: u8) {
    if group.model() == ALL {
        return invalidate_all(links);
    }
    let timestamp = Timestamp::next();
    BY_OTHERS.advance(timestamp);
    let named = covered(links).filter(|model| model.name() == group.model());
    named.for_each(|model| model.invalidate_named(group, timestamp));
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.distrust();
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{Covers, Link, distrust, link, trust};
    use std::time::Duration;

    /// As a hit does that has found the lease over, and comes to it once the link is gone.
    #[test]
    fn a_link_that_was_taken_out_is_not_distrusted() {
        let bound = Duration::from_secs(1);
        let this = Link { name: "taken out", bound, covers: Covers::Tables, transport: None };
        let handle = link(this).unwrap();
        let bit = handle.bit;
        assert_ne!(trust::distrusted() & bit, 0);
        handle.unlink();
        distrust(bit);
        assert_eq!(trust::distrusted() & bit, 0);
    }
}
