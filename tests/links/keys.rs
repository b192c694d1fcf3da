//! Keys of all kinds, and how others learn of them.

use super::*;
use gcache::member;
use serde::{Deserialize, Serialize};

/// Written as a text, as identifiers are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Id(u128);

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:032x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Two keys that differ in what is skipped are two keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Skipped {
    id: u64,
    #[serde(skip)]
    shard: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Unwritten(u64);

/// Panics where it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Panics(u64);

impl Serialize for Panics {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("nobody may write it")
    }
}

impl<'de> Deserialize<'de> for Panics {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("nobody may read it")
    }
}

/// As another version of the program has it: with a field more.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Localized {
    id: u64,
    #[serde(default)]
    language: String,
}

group!(OfId: Id, name = "keys.id");
group!(OfSkipped: Skipped, name = "keys.skipped");
group!(OfUnwritten: Unwritten, name = "keys.unwritten");
group!(OfPanics: Panics, name = "keys.panics");
group!(OfNumber: u8, name = "keys.number");
group!(OfSigned: i64, name = "keys.signed");
group!(OfLocalized: Localized, name = "keys.localized");
group!(OfOption: Option<u64>, name = "keys.option");
group!(OfText: &'static str, name = "keys.text");

macro_rules! cached {
    ($($name:ident: $group:ident($key:expr);)*) => {
        $(
            #[cache_against($group($key))]
            fn $name() -> u64 {
                run()
            }
        )*
    };
}

cached! {
    of_id: OfId(Id(7));
    of_skipped: OfSkipped(Skipped { id: 7, shard: 1 });
    of_unwritten: OfUnwritten(Unwritten(7));
    of_panics: OfPanics(Panics(7));
    of_number: OfNumber(7u8);
    of_signed: OfSigned(7i64);
    of_localized: OfLocalized(Localized { id: 7, language: "en".to_owned() });
    of_option: OfOption(None);
}

#[test]
fn a_key_is_told_if_its_json_names_it_and_no_other() {
    let linked = Linked::new(LONG);
    let told = |invalidated: gcache::Invalidated| {
        assert!(invalidated.ticket() > 0);
        linked.recorder.message().remove(0)
    };
    assert_eq!(
        told(invalidate_of_id(Id(7))),
        r#"["keys.id","key","00000000000000000000000000000007"]"#
    );
    assert_eq!(told(invalidate_of_signed(-7)), r#"["keys.signed","key",-7]"#);
    assert_eq!(
        told(invalidate_of_skipped(Skipped { id: 7, shard: 0 })),
        r#"["keys.skipped","key",{"id":7}]"#
    );
    let another = Skipped { id: 7, shard: 1 };
    assert_eq!(told(invalidate_of_skipped(another)), r#"["keys.skipped","key",null]"#);
    assert_eq!(told(invalidate_of_unwritten(Unwritten(7))), r#"["keys.unwritten","key",null]"#);
    assert_eq!(told(invalidate_of_panics(Panics(7))), r#"["keys.panics","key",null]"#);
    assert_eq!(told(invalidate_of_text("en")), r#"["keys.text","key",null]"#, "nothing to read");
    assert_eq!(told(invalidate_of_option(None)), r#"["keys.option","key",null]"#, "all of them");
    assert_eq!(
        told(gcache::invalidate(&member::<OfOption>(Some(7)))),
        r#"["keys.option","key",7]"#
    );
}

#[test]
fn a_key_that_cannot_be_read_ends_all_keys() {
    let linked = Linked::new(LONG);
    let ended = |ask: fn() -> u64, json: &str| ends(ask, || linked.hears(json));
    assert!(
        ended(of_id, r#"["keys.id","key","7"]"#)
            && !ended(of_id, r#"["keys.id","key","00000000000000000000000000000008"]"#)
    );
    assert!(
        ended(of_number, r#"["keys.number","key",7]"#)
            && !ended(of_number, r#"["keys.number","key",8]"#)
    );
    assert!(ended(of_number, r#"["keys.number","key",700]"#), "of a wider type elsewhere");
    assert!(ended(of_number, r#"["keys.number","key","8"]"#), "a text elsewhere");
    assert!(
        ended(of_signed, r#"["keys.signed","key",7]"#)
            && !ended(of_signed, r#"["keys.signed","key",14]"#)
    );
    assert!(ended(of_unwritten, r#"["keys.unwritten","key",8]"#));
    assert!(ended(of_panics, r#"["keys.panics","key",8]"#));
    assert!(!ended(of_skipped, r#"["keys.skipped","key",{"id":8}]"#));
    assert!(ended(of_option, r#"["keys.option","key",null]"#));
}

#[test]
fn a_key_with_another_set_of_fields_elsewhere_ends_all_keys() {
    let linked = Linked::new(LONG);
    let ended = |json: &str| ends(of_localized, || linked.hears(json));
    assert!(ended(r#"["keys.localized","key",{"id":7}]"#), "of any language");
    assert!(ended(r#"["keys.localized","key",{"id":8,"language":"en","year":1}]"#));
    assert!(!ended(r#"["keys.localized","key",{"id":8,"language":"en"}]"#));
    assert!(ended(r#"["keys.localized","key",{"language":"en", "id":7}]"#), "in any order");
    assert!(!ended(r#"["keys.localized","key",{"language":"de", "id":7}]"#));
}
