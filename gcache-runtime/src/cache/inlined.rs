//! What a near table shows of an entry without going to it.

use crate::cache::entry::Entry;

/// What a place of a near table has of an entry beside the entry.
pub(crate) trait Face<K, V>: 'static {
    /// Whether it has the key itself.
    const HAS_KEY: bool;

    /// What it has of `entry`.
    fn of(entry: &Entry<K, V>) -> Self;

    /// The key of `entry`, of which this is the face.
    fn key<'a>(&'a self, entry: &'a Entry<K, V>) -> &'a K;

    /// Its value.
    fn value<'a>(&'a self, entry: &'a Entry<K, V>) -> &'a V;
}

/// Copies of key and value, where both are plain data.
#[derive(Debug)]
pub(crate) struct Copied<K, V> {
    key: K,
    value: V,
}

/// Nothing.
#[derive(Debug)]
pub(crate) struct Bare;

/// How many bytes a key and a value may have together to be copied.
const LARGEST: usize = 32;

/// Whether keys and values are copied: small ones that own nothing.
pub(crate) const fn is_copied<K, V>() -> bool {
    !std::mem::needs_drop::<(K, V)>() && size_of::<(K, V)>() <= LARGEST
}

impl<K: Clone + 'static, V: Clone + 'static> Face<K, V> for Copied<K, V> {
    const HAS_KEY: bool = true;

    fn of(entry: &Entry<K, V>) -> Self {
        Self { key: entry.key().clone(), value: entry.value().clone() }
    }

    #[inline]
    fn key<'a>(&'a self, _: &'a Entry<K, V>) -> &'a K {
        &self.key
    }

    #[inline]
    fn value<'a>(&'a self, _: &'a Entry<K, V>) -> &'a V {
        &self.value
    }
}

impl<K: 'static, V: 'static> Face<K, V> for Bare {
    const HAS_KEY: bool = false;

    fn of(_: &Entry<K, V>) -> Self {
        Self
    }

    #[inline]
    fn key<'a>(&'a self, entry: &'a Entry<K, V>) -> &'a K {
        entry.key()
    }

    #[inline]
    fn value<'a>(&'a self, entry: &'a Entry<K, V>) -> &'a V {
        entry.value()
    }
}
