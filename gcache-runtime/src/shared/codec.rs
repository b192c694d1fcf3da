//! Values and arguments as bytes.

use super::shape::shape;
use serde::{Serialize, de::DeserializeOwned};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a value needs to be shared by processes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared by processes",
    label = "a shared value needs `serde::Serialize` and `serde::Deserialize`",
    note = "derive both, return what it is made of, or leave `shared_values` out; of a `Result`, only the `Ok` value is \
            shared unless `cache_err` is given"
)]
pub trait SharedForm: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> SharedForm for T {}

/// The same of what tells results apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a function that shares its values",
    label = "an argument needs `serde::Serialize` and `serde::Deserialize`",
    note = "derive both for each part of the memo key, leave a part out with `skip(..)` if it tells no two results apart, \
            or name what does with `by(..)`"
)]
pub trait SharedKey: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> SharedKey for T {}

/// The bytes of arguments, if they decode to the same: what `serde` skips would make two arguments one.
pub(super) fn encode_key<K: SharedKey + Eq>(key: &K) -> Option<Vec<u8>> {
    contained(|| {
        let bytes = postcard::to_allocvec(key).ok()?;
        (postcard::from_bytes::<K>(&bytes).ok()? == *key).then_some(bytes)
    })
}

/// The bytes of a value, after its shape.
pub(super) fn encode<V: SharedForm>(value: &V) -> Option<Vec<u8>> {
    contained(|| {
        let bytes = shape(value)?.to_le_bytes().to_vec();
        postcard::to_extend(value, bytes).ok()
    })
}

/// The value of `bytes`, if it has the shape that was written.
pub(super) fn decode<V: SharedForm>(bytes: &[u8]) -> Option<V> {
    contained(|| {
        let (written, bytes) = bytes.split_first_chunk()?;
        let (value, rest) = postcard::take_from_bytes::<V>(bytes).ok()?;
        // mutant: shared-shape-ignored
        let is_whole = rest.is_empty() && shape(&value)? == u64::from_le_bytes(*written);
        is_whole.then_some(value)
    })
}

/// A type's own code may panic, of bytes that another version wrote. Then the body runs.
fn contained<R>(code: impl FnOnce() -> Option<R>) -> Option<R> {
    catch_unwind(AssertUnwindSafe(code)).ok().flatten()
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{decode, encode, encode_key};
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Film {
        title: String,
        rating: Option<f32>,
        counts: BTreeMap<u8, (i32, Kind)>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Drama,
        Of(u64),
        Other { name: String },
    }

    #[test]
    fn a_value_comes_back() {
        let kinds = [Kind::Drama, Kind::Of(7), Kind::Other { name: "x".into() }];
        let counts = (0..).zip(kinds.map(|kind| (-7, kind))).collect();
        let film = Film { title: "Alien".into(), rating: Some(8.5), counts };
        let bytes = encode(&film).unwrap();
        assert_eq!(decode(&bytes), Some(film));
        for end in 0..bytes.len() {
            assert_eq!(decode::<Film>(&bytes[..end]), None, "{end} bytes");
        }
    }

    #[test]
    fn a_value_of_another_shape_is_none() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Size {
            width: u32,
            height: u32,
        }
        mod swapped {
            #[derive(Debug, PartialEq, super::Serialize, super::Deserialize)]
            pub(super) struct Size {
                pub(super) height: u32,
                pub(super) width: u32,
            }
        }
        mod longer {
            #[derive(Debug, PartialEq, super::Serialize, super::Deserialize)]
            pub(super) struct Size {
                pub(super) width: u32,
                pub(super) height: u32,
                #[serde(skip_deserializing)]
                pub(super) depth: Option<u32>,
            }
        }
        let bytes = encode(&Size { width: 3, height: 4 }).unwrap();
        assert!(decode::<Size>(&bytes).is_some());
        assert_eq!(decode::<swapped::Size>(&bytes), None);
        assert_eq!(decode::<longer::Size>(&bytes), None);
        assert_eq!(decode::<(u32, i32)>(&encode(&(3_u32, 4_u32)).unwrap()), None);
    }

    #[test]
    fn an_argument_that_loses_something_is_none() {
        #[derive(PartialEq, Eq, Serialize, Deserialize)]
        struct Page(u64, #[serde(skip)] u64);
        assert!(encode_key(&Page(7, 0)).is_some());
        assert_eq!(encode_key(&Page(7, 1)), None);
    }

    #[test]
    fn a_panic_is_contained() {
        struct Broken;
        impl Serialize for Broken {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                panic!("broken")
            }
        }
        impl<'de> Deserialize<'de> for Broken {
            fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                panic!("broken")
            }
        }
        assert!(encode(&Broken).is_none());
        assert!(decode::<Broken>(&[0; 16]).is_none());
    }
}
