//! Leases that hits look at, for links that ask for it.
//!
//! The thread that ends a lease may get to run late, where the whole process stood still. A guarded link is distrusted by
//! the first hit that finds its lease over. While any link is guarded, no entry of a thread-local cache is taken as valid
//! for its epoch alone, so each hit validates its entry, and looks here. Without a guard a hit that has to validate its
//! entry anyway reads one flag more.

use super::link::distrust;
use crate::clock::{coarse, surely};
use crate::generations::advance_epoch;
use crate::sync::{AtomicCount, AtomicFlag, Mutex, Ordering};
use std::time::Instant;

static ANY: AtomicFlag = AtomicFlag::new(false);

/// Until this moment of the coarse clock no lease is over.
static COARSE: AtomicCount = AtomicCount::new(u64::MAX);

/// The leases, by the bits of their links.
static LEASES: Mutex<[Option<Instant>; 8]> = Mutex::new([None; 8]);

/// Sets until when a link may be trusted, as hits look at it. None: they do not.
pub(super) fn set(link: u8, until: Option<Instant>) {
    change(|leases| leases[link.trailing_zeros() as usize] = until);
}

fn change(change: impl FnOnce(&mut [Option<Instant>; 8])) {
    let mut leases = LEASES.lock();
    change(&mut leases);
    let first = leases.iter().flatten().min();
    let now = (coarse(), Instant::now());
    let moment = |first: &Instant| surely(now.0, first.saturating_duration_since(now.1));
    COARSE.store(first.map_or(u64::MAX, moment), Ordering::SeqCst);
    let any = first.is_some();
    // First the flag, then the epoch: what is validated without a look at the lease is validated for an earlier epoch.
    if ANY.swap(any, Ordering::SeqCst) != any {
        advance_epoch();
    }
}

/// Distrusts the guarded links whose leases are over. Says whether any link is guarded. To be asked after the epoch was
/// read.
#[inline]
pub(crate) fn check_leases() -> bool {
    let any = ANY.load(Ordering::SeqCst);
    if any && coarse() >= COARSE.load(Ordering::SeqCst) {
        end_leases();
    }
    any
}

#[cold]
fn end_leases() {
    let now = Instant::now();
    let leases = *LEASES.lock();
    for (at, until) in leases.iter().enumerate() {
        if until.is_some_and(|until| until <= now) {
            // All ends before the call goes on.
            // mutant: lease-not-ended-by-hit
            distrust(1 << at);
            // Unless it was renewed meanwhile: one that is forgotten would be looked at by no hit.
            change(|leases| leases[at] = leases[at].filter(|lease| Some(*lease) != *until));
        }
    }
}
