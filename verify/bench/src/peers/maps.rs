//! Keys of a number and a name, in maps and caches that own theirs.

use equivalent::Equivalent;

/// A number and a name as a caller has them: hashed like the pair that is stored, and equal to it.
#[derive(Hash)]
pub(crate) struct Pair<'a>(pub(crate) u64, pub(crate) &'a str);

impl Equivalent<(u64, String)> for Pair<'_> {
    fn equivalent(&self, key: &(u64, String)) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}
