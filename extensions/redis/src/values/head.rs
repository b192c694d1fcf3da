//! The head of what stands in Redis for a value: what decides whether the value is fresh.
//!
//! It is text, since scripts read it: a line with the number of the format, the incarnation and the count; the
//! [fields](Numbers), a line each; an empty line; the keys, a line each.

use super::names::Numbers;

/// The number of the format of head and [envelope](super::envelope). Another is not read.
const FORMAT: &str = "2";

/// The head of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) incarnation: &'a str,
    /// Up to this number the process had heard of everything when the body began.
    pub(super) since: u64,
    fields: &'a str,
    keys: &'a str,
}

/// What the numbers in Redis say of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    Fresh,
    /// It is not, or a number is missing.
    Doubtful,
    /// It rests on numbers that were not read.
    Unread,
}

/// Writes a head.
pub(super) fn text(incarnation: &str, since: u64, numbers: &Numbers) -> String {
    let Numbers { fields, keys } = numbers;
    format!("{FORMAT} {incarnation} {since}\n{}\n\n{}", fields.join("\n"), keys.join("\n"))
}

impl<'a> Head<'a> {
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let (first, numbers) = str::from_utf8(text).ok()?.split_once('\n')?;
        let mut first = first.split(' ');
        let (FORMAT, incarnation, since, None) =
            (first.next()?, first.next()?, first.next()?.parse().ok()?, first.next())
        else {
            return None;
        };
        let (fields, keys) = numbers.split_once("\n\n")?;
        Some(Self { incarnation, since, fields, keys })
    }
}

impl Head<'_> {
    /// What `read` says, names and numbers, all read when the value was or later. A number above all counts is missing.
    pub(super) fn freshness(&self, read: &[(&str, u64)]) -> Freshness {
        let names = self.fields.split('\n').chain(self.keys.split('\n'));
        let number = |name: &str| read.iter().find(|(known, _)| *known == name);
        for name in names.filter(|name| !name.is_empty()) {
            match number(name) {
                // mutant: shared-look-at-some
                None => return Freshness::Unread,
                Some((_, number)) if *number > self.since => return Freshness::Doubtful,
                Some(_) => {}
            }
        }
        Freshness::Fresh
    }
}
