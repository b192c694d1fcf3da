//! What stands in Redis for a value.
//!
//! | bytes | |
//! | --- | --- |
//! | | the value, or its compressed form |
//! | | its arguments, or their hash |
//! | | its groups as JSON |
//! | 4 each | the lengths of the three, and that of the value where it is compressed, else 0 |
//! | | the [head] |
//! | 16 | a signature of all that is before it, and of the function |
//! | 8 | the length of the head, in hexadecimal digits |
//!
//! The value stands first, so that reading it copies nothing. The head stands at the end, where a script finds it without
//! the value.

use super::head::Head;
use super::secret::{Secret, sign};

/// Above so many bytes the value is compressed.
const COMPRESSED: usize = 4 << 10;

/// The most bytes that stand in Redis for a value.
pub(super) const LONGEST: usize = 1 << 20;

/// The most bytes that come of them.
const LONGEST_UNPACKED: usize = 8 * LONGEST;

/// The digits of the length of a head.
const DIGITS: usize = 8;

/// Of which call a value is, and what it is signed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seal<'a> {
    pub(super) secret: Option<&'a Secret>,
    pub(super) fingerprint: &'a [u8; 16],
    /// The arguments, or what stands for them.
    pub(super) arguments: &'a [u8],
}

impl Seal<'_> {
    /// Writes what is to stand in Redis; `None` if it would be too long. `groups` is a JSON array.
    pub(super) fn seal(&self, value: Vec<u8>, groups: &str, head: &str) -> Option<Vec<u8>> {
        if value.len() > LONGEST_UNPACKED {
            return None;
        }
        let packed = (value.len() > COMPRESSED).then(|| lz4_flex::compress(&value));
        // Pictures and the like do not become shorter.
        let packed = packed.filter(|packed| packed.len() < value.len());
        let unpacked = if packed.is_some() { value.len() } else { 0 };
        let mut record = packed.unwrap_or(value);
        let lengths = [record.len(), self.arguments.len(), groups.len(), unpacked];
        record.extend(self.arguments);
        record.extend(groups.as_bytes());
        for length in lengths {
            record.extend(u32::try_from(length).ok()?.to_le_bytes());
        }
        record.extend(head.as_bytes());
        let signature = sign(self.secret, self.fingerprint, head.len(), &record);
        record.extend(signature);
        record.extend(format!("{:0DIGITS$x}", head.len()).as_bytes());
        (record.len() <= LONGEST).then_some(record)
    }

    /// The value and its groups, `record` being of this call; `None` for anything that was not written so.
    pub(super) fn open(&self, mut record: Vec<u8>) -> Option<(Vec<u8>, String)> {
        let (written, head, signature) = split(&record)?;
        if *signature != sign(self.secret, self.fingerprint, head.len(), written) {
            return None;
        }
        let (rest, lengths) = written[..written.len() - head.len()].split_last_chunk::<16>()?;
        let length = |at: usize| {
            let bytes = *lengths[4 * at..].first_chunk().expect("four of four bytes");
            usize::try_from(u32::from_le_bytes(bytes)).ok()
        };
        let (value, rest) = rest.split_at_checked(length(0)?)?;
        let (arguments, groups) = rest.split_at_checked(length(1)?)?;
        // Their hash is the key in Redis, and a hash decides nothing.
        if arguments != self.arguments || groups.len() != length(2)? {
            return None;
        }
        let groups = str::from_utf8(groups).ok()?.to_owned();
        let value = match length(3)? {
            0 => {
                let end = value.len();
                record.truncate(end);
                record
            }
            unpacked if unpacked <= LONGEST_UNPACKED => {
                let value = lz4_flex::decompress(value, unpacked).ok()?;
                (value.len() == unpacked).then_some(value)?
            }
            _ => return None,
        };
        Some((value, groups))
    }
}

/// The head of what stands in Redis.
pub(super) fn head(record: &[u8]) -> Option<Head<'_>> {
    Head::read(split(record)?.1)
}

/// What is signed, the head at its end, and the signature.
fn split(record: &[u8]) -> Option<(&[u8], &[u8], &[u8; 16])> {
    let (rest, digits) = record.split_last_chunk::<DIGITS>()?;
    let length = usize::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    let (written, signature) = rest.split_last_chunk()?;
    let head = &written[written.len().checked_sub(length)?..];
    Some((written, head, signature))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Seal, Secret, head};

    const GROUPS: &str = r#"[["book","key",7]]"#;

    const SEAL: Seal<'_> = Seal { secret: None, fingerprint: &[1; 16], arguments: b"args" };

    fn sealed(value: &[u8]) -> Option<Vec<u8>> {
        SEAL.seal(value.to_owned(), GROUPS, "2 abc 7\nall\n\n")
    }

    #[test]
    fn what_was_sealed_is_opened() {
        let random = |n: usize| {
            (0..n).map(|i| u8::try_from(((i * i * 31) >> 3) % 256).unwrap()).collect::<Vec<_>>()
        };
        for value in [vec![], b"value".to_vec(), vec![b'a'; 3 << 20], random(100_000)] {
            let sealed = sealed(&value).unwrap();
            assert!(sealed.len() <= value.len() + 256, "{} of {}", sealed.len(), value.len());
            assert_eq!(head(&sealed).unwrap().since, 7);
            let opened = |seal: Seal<'_>| seal.open(sealed.clone());
            assert_eq!(opened(SEAL), Some((value, GROUPS.to_owned())));
            assert_eq!(opened(Seal { arguments: b"argz", ..SEAL }), None);
            assert_eq!(opened(Seal { fingerprint: &[2; 16], ..SEAL }), None);
        }
    }

    #[test]
    fn what_another_has_signed_is_not_opened() {
        let secrets = [None, Secret::new(&[7; 16]), Secret::new(&[8; 16])];
        for writer in &secrets {
            let seal = Seal { secret: writer.as_ref(), ..SEAL };
            let sealed = seal.seal(b"value".to_vec(), GROUPS, "2 abc 7\nall\n\n").unwrap();
            for reader in &secrets {
                let opened = Seal { secret: reader.as_ref(), ..SEAL }.open(sealed.clone());
                assert_eq!(opened.is_some(), std::ptr::eq(writer, reader));
            }
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
                assert_eq!(SEAL.open(changed), None, "byte {at}");
                assert_eq!(SEAL.open(whole[..at].to_owned()), None, "{at} bytes");
                assert_eq!(SEAL.open(whole[at + 1..].to_owned()), None, "without {at} bytes");
            }
        }
    }
}
