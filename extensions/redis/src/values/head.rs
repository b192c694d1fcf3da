//! The head of what stands in Redis for a value: what decides whether the value is fresh.
//!
//! It is text, since scripts read it: a line with the number of the format, the incarnation and the count; the
//! [fields](Numbers), a line each; an empty line; the keys, a line each. The length follows it, in 8 hexadecimal digits.
//! Both stand at the end, where a script finds them without the value.

use super::names::Numbers;

/// The number of the format of head and [envelope](super::envelope). Another is not read.
const FORMAT: &str = "2";

/// The digits of its length.
const DIGITS: usize = 8;

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

/// Writes a head and its length after `record`.
pub(super) fn write(record: &mut Vec<u8>, incarnation: &str, since: u64, numbers: &Numbers) {
    let Numbers { fields, keys } = numbers;
    let (fields, keys) = (fields.join("\n"), keys.join("\n"));
    let head = format!("{FORMAT} {incarnation} {since}\n{fields}\n\n{keys}");
    record.extend(head.as_bytes());
    record.extend(format!("{:0DIGITS$x}", head.len()).as_bytes());
}

/// Parts a record into what is before the head, and the head.
pub(super) fn split(record: &[u8]) -> Option<(&[u8], Head<'_>)> {
    let (record, digits) = record.split_last_chunk::<DIGITS>()?;
    let length = usize::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    let (record, head) = record.split_at(record.len().checked_sub(length)?);
    let (first, numbers) = str::from_utf8(head).ok()?.split_once('\n')?;
    let mut first = first.split(' ');
    let (FORMAT, incarnation, since, None) =
        (first.next()?, first.next()?, first.next()?.parse().ok()?, first.next())
    else {
        return None;
    };
    let (fields, keys) = numbers.split_once("\n\n")?;
    Some((record, Head { incarnation, since, fields, keys }))
}

impl Head<'_> {
    /// What `read` says, names and numbers, all read when the value was or later. A number above all counts is missing.
    pub(super) fn freshness(&self, read: &[(&str, u64)]) -> Freshness {
        let names = self.fields.split('\n').chain(self.keys.split('\n'));
        let number = |name: &str| read.iter().find(|(known, _)| *known == name);
        for name in names.filter(|name| !name.is_empty()) {
            match number(name) {
                None => return Freshness::Unread,
                Some((_, number)) if *number > self.since => return Freshness::Doubtful,
                Some(_) => {}
            }
        }
        Freshness::Fresh
    }
}
