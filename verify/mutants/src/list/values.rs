//! Shared values: what one process reads that another has computed.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        10,
        "The store is asked while something is untold",
        &[edit("values-asked-before-told", "links::is_telling()", "false")],
    ),
    mutant(
        10,
        "A shared value depends on the groups that are known here, and on no others",
        &[edit(
            "shared-group-unknown",
            "if !groups.iter().all(|group| collect_into(group, &mut late)) {",
            "if groups.iter().filter(|group| collect_into(group, &mut late)).count() > 1000 {",
        )],
    ),
    mutant(
        10,
        "A shared value is kept for its whole time by each that reads it",
        &[edit("shared-time-forgotten", "late.keep_until(Instant::now().checked_add(ttl));", "")],
    ),
    mutant(
        10,
        "A shared value depends on the groups that the call names, and on no others",
        &[edit(
            "shared-groups-forgotten",
            "self.frame.note(|dependencies| dependencies.union(&late));",
            "",
        )],
    ),
    mutant(
        10,
        "A value that is not to be cached is shared",
        &[edit("shared-though-unwanted", "!cache_if(&self.sought.key, value)", "false")],
    ),
    mutant(
        10,
        "A value is shared that depends on what other processes do not know",
        &[edit("cached-values-shared", "named.is_some()", "true")],
    ),
    mutant(
        10,
        "Bytes of another type are taken for a value",
        &[edit(
            "shared-shape-ignored",
            "shape(&value)? == u64::from_le_bytes(*written)",
            "u64::from_le_bytes(*written) != 0",
        )],
    ),
    mutant(
        10,
        "A number of a model that is missing is 0",
        &[edit("shared-field-missing", "read[3 + i] or read[3]", "read[3 + i] or 0")],
    ),
    mutant(
        10,
        "A number of a key that is missing is 0",
        &[edit("shared-number-missing", "number = now", "number = '0'")],
    ),
    mutant(
        10,
        "A value of another incarnation is fresh by its numbers",
        &[
            edit("shared-life-ignored", "life ~= inc", "not since"),
            edit(
                "shared-life-ignored-2",
                "head.incarnation == incarnation",
                "head.since < u64::MAX",
            ),
        ],
    ),
    mutant(
        10,
        "A value is stored that was invalidated while it was computed",
        &[edit("shared-stored-outdated", "if fresh then", "if keys then")],
    ),
    mutant(
        10,
        "A look takes a value of another incarnation",
        &[edit(
            "shared-look-at-another-life",
            "life != incarnation || head.incarnation != incarnation",
            "false",
        )],
    ),
    mutant(
        10,
        "A look takes a number that is missing for 0",
        &[edit("shared-look-past-a-gap", "number.unwrap_or(u64::MAX)", "number.unwrap_or(0)")],
    ),
    mutant(
        10,
        "A look compares the numbers that the call names, and no others",
        &[edit("shared-look-at-some", "return Freshness::Unread", "{}")],
    ),
    mutant(
        10,
        "The server is asked before it is told",
        &[edit(
            "shared-asked-untold",
            "!matches!(timeout(budget, self.shared.link.told()).await, Ok(true))",
            "timeout(budget, self.shared.link.told()).await.is_err()",
        )],
    ),
    mutant(
        10,
        "An invalidation that names no groups invalidates no shared value",
        &[edit("malformed-ignored", "vec![ALL.to_owned()]", "Vec::new()")],
    ),
];
