//! What stands in Redis for a value: its format, a checksum, its arguments, its groups and its bytes.
//!
//! | bytes | |
//! | --- | --- |
//! | 1 | the number of the format |
//! | 1 | 1 if the rest is compressed |
//! | 16 | a checksum of the rest, keyed if the link has a key |
//! | rest | the arguments or their hash, the groups as JSON, the value, each after its length in 4 bytes |

/// The number of this format. Another is not read.
const FORMAT: u8 = 1;

/// Above so many bytes the contents are compressed.
const COMPRESSED: usize = 4 << 10;

/// The most bytes that stand in Redis for a value.
pub(super) const LONGEST: usize = 1 << 20;

/// The most bytes that come of them.
const LONGEST_UNPACKED: usize = 8 * LONGEST;

/// What is in an envelope.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contents<'a> {
    /// The arguments, or what stands for them.
    pub(super) arguments: &'a [u8],
    /// A JSON array of groups.
    pub(super) groups: &'a str,
    /// The value.
    pub(super) value: &'a [u8],
}

/// Writes an envelope; `None` if it would be too long.
pub(super) fn seal(contents: &Contents<'_>, key: &[u8; 32]) -> Option<Vec<u8>> {
    let Contents { arguments, groups, value } = contents;
    let mut plain = Vec::with_capacity(12 + arguments.len() + groups.len() + value.len());
    for part in [arguments, groups.as_bytes(), value] {
        plain.extend(u32::try_from(part.len()).ok()?.to_le_bytes());
        plain.extend(part);
    }
    if plain.len() > LONGEST_UNPACKED {
        return None;
    }
    let packed = (plain.len() > COMPRESSED).then(|| lz4_flex::compress_prepend_size(&plain));
    // Pictures and the like do not become shorter.
    let packed = packed.filter(|packed| packed.len() < plain.len());
    let is_packed = packed.is_some();
    let rest = packed.unwrap_or(plain);
    let mut sealed = Vec::with_capacity(18 + rest.len());
    sealed.extend([FORMAT, u8::from(is_packed)]);
    sealed.extend(checksum(&rest, key));
    sealed.extend(rest);
    (sealed.len() <= LONGEST).then_some(sealed)
}

/// What is in an envelope, and `arguments` with it; `None` for anything that was not written so.
pub(super) fn open(sealed: &[u8], arguments: &[u8], key: &[u8; 32]) -> Option<(String, Vec<u8>)> {
    let (&[format, packed], sealed) = sealed.split_first_chunk()?;
    let (sum, rest) = sealed.split_first_chunk::<16>()?;
    if format != FORMAT || packed > 1 || *sum != checksum(rest, key) {
        return None;
    }
    let unpacked;
    let mut plain = rest;
    if packed == 1 {
        let (length, packed) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        if length > LONGEST_UNPACKED {
            return None;
        }
        unpacked = lz4_flex::decompress(packed, length).ok()?;
        plain = &unpacked;
    }
    let mut part = || {
        let (length, rest) = plain.split_first_chunk()?;
        let (part, rest) =
            rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        plain = rest;
        Some(part)
    };
    let (found, groups, value) = (part()?, part()?, part()?);
    // Their hash is the key in Redis, and a hash decides nothing.
    if found != arguments || !plain.is_empty() {
        return None;
    }
    Some((str::from_utf8(groups).ok()?.to_owned(), value.to_owned()))
}

fn checksum(rest: &[u8], key: &[u8; 32]) -> [u8; 16] {
    *blake3::keyed_hash(key, rest).as_bytes().first_chunk().expect("a hash has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::{Contents, LONGEST, open, seal};

    const KEY: [u8; 32] = [7; 32];

    fn sealed(value: &[u8]) -> Option<Vec<u8>> {
        seal(&Contents { arguments: b"args", groups: r#"[["book"]]"#, value }, &KEY)
    }

    #[test]
    fn what_was_sealed_is_opened() {
        let random = |n: usize| {
            (0..n).map(|i| u8::try_from(((i * i * 31) >> 3) % 256).unwrap()).collect::<Vec<_>>()
        };
        for value in [vec![], b"value".to_vec(), vec![b'a'; 3 << 20], random(100_000)] {
            let sealed = sealed(&value).unwrap();
            assert!(sealed.len() <= value.len() + 64, "{} of {}", sealed.len(), value.len());
            assert_eq!(open(&sealed, b"args", &KEY), Some((r#"[["book"]]"#.to_owned(), value)));
            assert_eq!(open(&sealed, b"argz", &KEY), None, "other arguments");
            assert_eq!(open(&sealed, b"args", &[8; 32]), None, "another key");
        }
    }

    #[test]
    fn what_is_too_long_is_not_sealed() {
        let mut state = 1_u64;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u8::try_from(state >> 56).unwrap()
        };
        let noise: Vec<u8> = (0..LONGEST).map(|_| byte()).collect();
        assert_eq!(sealed(&noise), None);
        assert_eq!(sealed(&vec![0; 9 << 20]), None);
    }

    #[test]
    fn a_changed_byte_or_end_opens_nothing() {
        for value in [&b"value"[..], &[b'a'; 5000]] {
            let whole = sealed(value).unwrap();
            for at in 0..whole.len() {
                let mut changed = whole.clone();
                changed[at] ^= 1;
                assert_eq!(open(&changed, b"args", &KEY), None, "byte {at}");
                assert_eq!(open(&whole[..at], b"args", &KEY), None, "{at} bytes");
            }
        }
    }
}
