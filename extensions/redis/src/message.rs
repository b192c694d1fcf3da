//! The text of a message: `<incarnation> <number> <origin>\n` and a JSON array of groups.
//!
//! It can be read with `redis-cli SUBSCRIBE`, and written by a trigger or a script in another language.

use gcache::link::NamedGroup;
use std::sync::Arc;

/// The longest body, in bytes. A longer one is told, and read, as [`EVERYTHING`].
pub const LONGEST: usize = 1 << 20;

/// The group that stands for all shared groups.
pub const ALL: &str = r#"["*"]"#;

/// The body that names all shared groups.
pub const EVERYTHING: &str = r#"[["*"]]"#;

/// The longest first line: three words of at most 64 bytes.
const LONGEST_HEAD: usize = 3 * 64 + 2;

/// One invalidation of a namespace, as it came over the wire. Its body is not looked into here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which life of the state counted it.
    pub incarnation: Arc<str>,
    /// Its number in that life, from 1.
    pub number: u64,
    /// Which process told it: random.
    pub origin: Box<str>,
    /// A JSON array of groups.
    pub body: String,
}

impl Message {
    /// Reads a message; `None` if it has no first line of that form. A body that is too long or no UTF-8 becomes
    /// [`EVERYTHING`], so its number is heard and nothing of it is lost.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().take(LONGEST_HEAD + 1).position(|byte| *byte == b'\n')?;
        let head = str::from_utf8(&bytes[..end]).ok()?;
        let mut words = head.split(' ');
        let (Some(incarnation), Some(number), Some(origin), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return None;
        };
        let body = &bytes[end + 1..];
        let body = if body.len() > LONGEST { None } else { str::from_utf8(body).ok() };
        Some(Self {
            incarnation: word(incarnation)?.into(),
            // `parse` would take a sign.
            number: word(number)?.parse().ok()?,
            origin: word(origin)?.into(),
            body: body.unwrap_or(EVERYTHING).to_owned(),
        })
    }
}

/// The groups of a body; `None` if any of it is none.
pub(crate) fn groups(body: &str) -> Option<Vec<NamedGroup>> {
    serde_json::from_str(body).ok()
}

/// A word that is as short and plain as ours are.
fn word(word: &str) -> Option<&str> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    ((1..=64).contains(&word.len()) && is_plain).then_some(word)
}

/// The body that names these groups, each a JSON array.
pub fn body<'a>(groups: impl IntoIterator<Item = &'a str>) -> String {
    let mut body = String::from("[");
    for group in groups {
        if body.len() > 1 {
            body.push(',');
        }
        body.push_str(group);
        if body.len() >= LONGEST {
            return EVERYTHING.to_owned();
        }
    }
    body.push(']');
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let message = Message::read(b"a1 7 f0\n[[\"shop.book\",\"key\",7]]").unwrap();
        assert_eq!((&*message.incarnation, message.number, &*message.origin), ("a1", 7, "f0"));
        assert_eq!(message.body, r#"[["shop.book","key",7]]"#);
    }

    #[test]
    fn a_first_line_of_another_form_is_none() {
        let long = format!("{} 1 b\n[]", "a".repeat(65));
        for text in [
            "",
            "\n",
            "a 1\n[]",
            "a 1 b c\n[]",
            "a +1 b\n[]",
            "a -1 b\n[]",
            "a  b\n[]",
            "a 1 b",
            &long,
        ] {
            assert_eq!(Message::read(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Message::read(b"a 99999999999999999999 b\n[]"), None);
        assert_eq!(Message::read(b"\xff 1 b\n[]"), None);
    }

    #[test]
    fn a_body_that_is_too_long_or_no_text_names_everything() {
        let mut bytes = b"a 1 b\n".to_vec();
        bytes.extend(vec![b' '; LONGEST]);
        assert_ne!(Message::read(&bytes).unwrap().body, EVERYTHING);
        bytes.push(b' ');
        assert_eq!(Message::read(&bytes).unwrap().body, EVERYTHING);
        assert_eq!(Message::read(b"a 1 b\n\xff").unwrap().body, EVERYTHING);
    }

    #[test]
    fn groups_become_an_array() {
        assert_eq!(body([]), "[]");
        assert_eq!(body([r#"["a"]"#, r#"["b","*"]"#]), r#"[["a"],["b","*"]]"#);
        let long = format!(r#"["a","key","{}"]"#, "x".repeat(LONGEST));
        assert_eq!(body([r#"["b"]"#, &long]), EVERYTHING);
    }

    /// `GCACHE_CASES` for more than the usual.
    fn cases() -> ProptestConfig {
        let cases = std::env::var("GCACHE_CASES").ok().and_then(|cases| cases.parse().ok());
        ProptestConfig {
            cases: cases.unwrap_or(1_000),
            failure_persistence: None,
            ..ProptestConfig::default()
        }
    }

    proptest! {
        #![proptest_config(cases())]

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Message::read(&bytes);
        }

        #[test]
        fn what_nearly_names_groups_does_not_panic(
            body in r#"\[(\["[a-z.*]{0,4}"(,"[a-z~*=]{0,4}")?(,(null|-?[0-9]{1,3}|"[^"]{0,3}"|\[[0-9]?\]))?\],?){0,3}\]?"#
        ) {
            if let Some(groups) = groups(&body) {
                let again = serde_json::to_string(&groups).unwrap();
                prop_assert_eq!(super::groups(&again), Some(groups));
            }
        }

        #[test]
        fn what_nearly_is_a_message_does_not_panic(text in "[a-f0-9 +-]{0,12}\n?\\PC{0,20}") {
            if let Some(message) = Message::read(text.as_bytes()) {
                prop_assert!(message.body.len() <= LONGEST);
            }
        }
    }
}
