//! Keys as JSON.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// How the keys of one part of a model are told to others.
pub enum Codec<K> {
    /// As JSON.
    Json {
        /// Writes a key.
        encode: fn(&K) -> Option<String>,
        /// Reads a key.
        decode: fn(&str) -> Option<K>,
    },
    /// Not: all keys end elsewhere where one does, since there is no JSON of them.
    Unknown,
    /// The same, since no text lives as long as what the key borrows.
    Borrowed,
    /// Not: all keys end elsewhere where one does, since the key is nobody's business.
    Secret,
    /// Not at all: others have nothing to do with the model.
    Local,
}

impl<K: Eq> Codec<K> {
    /// The JSON of `key`, if it stands for this key and no other.
    pub(crate) fn encode(&self, key: &K) -> Option<Box<str>> {
        let Self::Json { encode, decode } = self else { return None };
        // A key's own code may panic: then it has no JSON.
        // mutant: json-of-another-key
        let json = catch_unwind(AssertUnwindSafe(|| {
            encode(key).filter(|json| decode(json).is_some_and(|decoded| decoded == *key))
        }));
        json.ok().flatten().map(String::into_boxed_str)
    }

    /// The key that `json` stands for.
    pub(crate) fn decode(&self, json: &str) -> Option<K> {
        let Self::Json { decode, .. } = self else { return None };
        decode(json)
    }
}

impl<K> Clone for Codec<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Codec<K> {}

impl<K> std::fmt::Debug for Codec<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Json { .. } => "Json",
            Self::Unknown => "Unknown",
            Self::Borrowed => "Borrowed",
            Self::Secret => "Secret",
            Self::Local => "Local",
        })
    }
}

impl<K> Codec<K> {
    pub(crate) const fn is_shared(&self) -> bool {
        !matches!(self, Self::Local)
    }
}

/// Finds the codec of the keys `K`, whatever they can do: `Probe::<K>::CODEC` is an inherent constant for keys that serde
/// reads and writes, which hides that of [`Unread`].
#[derive(Debug)]
pub struct Probe<K>(std::marker::PhantomData<K>);

/// Keys of which there is no JSON.
pub trait Unread {
    /// The keys.
    type Key;

    /// None.
    const CODEC: Codec<Self::Key> = Codec::Unknown;
}

impl<K> Unread for Probe<K> {
    type Key = K;
}

#[cfg(feature = "links")]
impl<K: serde::Serialize + serde::de::DeserializeOwned> Probe<K> {
    /// As JSON.
    pub const CODEC: Codec<K> = Codec::Json {
        encode: |key| serde_json::to_string(key).ok(),
        decode: |json| {
            let key = serde_json::from_str::<K>(json).ok()?;
            // A field that this process does not know, or that it would add, may tell keys apart elsewhere.
            let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).ok();
            // mutant: key-of-other-fields
            let again = serde_json::to_string(&key).ok()?;
            (again == json || value(&again) == value(json)).then_some(key)
        },
    };
}

/// The codec of the keys of a type that has no parameters.
#[doc(hidden)]
#[macro_export]
macro_rules! __gcache_codec {
    ($key:ty) => {{
        #[allow(unused_imports)]
        use $crate::links::Unread as _;
        <$crate::links::Probe<$key>>::CODEC
    }};
}
