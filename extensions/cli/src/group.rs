//! Groups by the names that travel between processes: JSON arrays.

use serde_json::value::{RawValue, to_raw_value};

/// One group, as it travels.
///
/// | array | group |
/// | --- | --- |
/// | `["*"]` | all shared groups |
/// | `["shop.book"]` | the model's own group |
/// | `["shop.book","*"]` | everything of the model |
/// | `["shop.book","row",7]` | what may depend on the row of this key: the member, all index values, the model's own group |
/// | `["shop.book","key",7]`, `null` | a member alone, all members |
/// | `["shop.book","author",3]`, `null` | a value of an index, all its values |
/// | `["shop.book","author~",3]` | the wider indexes, where the author is 3 |
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Named(Vec<Box<RawValue>>);

/// The name under which tags are told.
const TAGS: &str = "tag";

impl Named {
    pub(crate) fn everything() -> Self {
        Self(vec![string("*")])
    }

    /// Everything of a model.
    pub(crate) fn model(group: &str) -> Option<Self> {
        Some(Self(vec![name(group)?, string("*")]))
    }

    /// A row of which the key is known. Its index values are not, so processes take all of them.
    pub(crate) fn row(group: &str, word: &str) -> Option<Self> {
        Some(Self(vec![name(group)?, string("row"), key(word)]))
    }

    /// A value of an index, or all its values.
    pub(crate) fn index(group: &str, index: &str, word: Option<&str>) -> Option<Self> {
        // These words name members and rows, so an index over a field of that name travels as another one.
        let index =
            if matches!(index, "key" | "row") { format!("={index}") } else { index.to_owned() };
        Some(Self(vec![name(group)?, name(&index)?, key(word.unwrap_or("null"))]))
    }

    /// A tag is text, also where it looks like a number.
    pub(crate) fn tag(tag: &str) -> Option<Self> {
        Some(Self(vec![name(TAGS)?, string("row"), string(tag)]))
    }

    pub(crate) fn all_tags() -> Option<Self> {
        Self::model(TAGS)
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an array of JSON is JSON")
    }

    /// The group in words.
    pub(crate) fn describe(&self) -> String {
        let words: Vec<Option<String>> =
            self.0.iter().map(|part| serde_json::from_str(part.get()).ok()).collect();
        let value = self.0.get(2).map(|value| value.get());
        match (words.as_slice(), value) {
            ([Some(all)], _) if all == "*" => "everything that is shared".to_owned(),
            ([Some(group)], _) => format!("{group} as a whole"),
            ([Some(group), Some(part)], _) if part == "*" => format!("everything of {group}"),
            ([Some(group), Some(part), _], Some(value)) => part_of(group, part, value),
            // Of a version to come: others know it, or take it for everything of the model.
            _ => self.to_json(),
        }
    }
}

/// A member or an index value in words.
fn part_of(group: &str, part: &str, value: &str) -> String {
    match (part, value) {
        ("key", "null") if group == TAGS => "all tags".to_owned(),
        ("key" | "row", value) if group == TAGS => format!("the tag {value}"),
        ("row", value) => format!("the row {value} of {group}"),
        ("key", "null") => format!("all members of {group}"),
        ("key", value) => format!("member {value} of {group}"),
        (index, value) => {
            let (index, wider) = match index.strip_suffix('~') {
                Some(index) => (index, ", by wider indexes"),
                None => (index, ""),
            };
            let index = index.strip_prefix('=').unwrap_or(index);
            let value = if value == "null" { "any value" } else { value };
            format!("{group} where {index} is {value}{wider}")
        }
    }
}

fn string(text: &str) -> Box<RawValue> {
    to_raw_value(text).expect("text is JSON")
}

fn name(text: &str) -> Option<Box<RawValue>> {
    (!text.is_empty() && text != "*").then(|| string(text))
}

/// A key as it was typed: JSON, or else a string.
fn key(word: &str) -> Box<RawValue> {
    serde_json::from_str(word).unwrap_or_else(|_| string(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_told_in_words() {
        let said = |json: &str| serde_json::from_str::<Named>(json).expect("JSON").describe();
        assert_eq!(said(r#"["*"]"#), "everything that is shared");
        assert_eq!(said(r#"["shop.book"]"#), "shop.book as a whole");
        assert_eq!(said(r#"["shop.book","*"]"#), "everything of shop.book");
        assert_eq!(said(r#"["shop.book","row",7]"#), "the row 7 of shop.book");
        assert_eq!(said(r#"["shop.lock","=key",7]"#), "shop.lock where key is 7");
        assert_eq!(said(r#"["shop.book","key",7]"#), "member 7 of shop.book");
        assert_eq!(said(r#"["shop.book","key",null]"#), "all members of shop.book");
        assert_eq!(said(r#"["shop.book","author",3]"#), "shop.book where author is 3");
        assert_eq!(said(r#"["shop.book","author",null]"#), "shop.book where author is any value");
        assert_eq!(
            said(r#"["shop.book","author~",3]"#),
            "shop.book where author is 3, by wider indexes"
        );
        assert_eq!(said(r#"["tag","key","front page"]"#), r#"the tag "front page""#);
        assert_eq!(said("[1,2,3,4]"), "[1,2,3,4]");
        assert_eq!(said(r#"["tag","row","front page"]"#), r#"the tag "front page""#);
        assert_eq!(said("[]"), "[]");
    }
}
