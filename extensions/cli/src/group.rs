//! Groups as they are typed, and in words.

use gcache::link::NamedGroup;
use serde_json::value::RawValue;

/// The name under which tags are told.
const TAGS: &str = "tag";

/// Everything of a model; `None` where its name is none.
pub(crate) fn model(group: &str) -> Option<NamedGroup> {
    is_name(group).then(|| NamedGroup::everything_of(group.to_owned()))
}

/// A row of which the key is known. Its index values are not, so processes take all of them.
pub(crate) fn row(group: &str, word: &str) -> Option<NamedGroup> {
    named(group, "row", &key(word))
}

/// A value of an index, or all its values.
pub(crate) fn index(group: &str, index: &str, word: Option<&str>) -> Option<NamedGroup> {
    let value = word.map_or_else(|| "null".to_owned(), key);
    match index {
        // These words name members and rows, so an index over a field of that name travels as another one.
        "key" | "row" => named(group, &format!("={index}"), &value),
        index => named(group, index, &value),
    }
}

/// A tag is text, also where it looks like a number.
pub(crate) fn tag(tag: &str) -> Option<NamedGroup> {
    named(TAGS, "row", &text(tag))
}

pub(crate) fn all_tags() -> Option<NamedGroup> {
    model(TAGS)
}

/// A group in words.
pub(crate) fn describe(group: &NamedGroup) -> String {
    let (model, part, key) = group.places();
    match (model, part.as_deref(), key) {
        ("*", None, _) => "everything that is shared".to_owned(),
        (model, None, _) => format!("{model} as a whole"),
        (TAGS, Some("key" | "row"), None) => "all tags".to_owned(),
        (TAGS, Some("key" | "row"), Some(tag)) => format!("the tag {tag}"),
        (model, Some("*"), _) | (model, Some("row"), None) => format!("everything of {model}"),
        (model, Some("row"), Some(key)) => format!("the row {key} of {model}"),
        (model, Some("key"), None) => format!("all members of {model}"),
        (model, Some("key"), Some(key)) => format!("member {key} of {model}"),
        (model, Some(index), value) => {
            let (index, wider) = match index.strip_suffix('~') {
                Some(index) => (index, ", by wider indexes"),
                None => (index, ""),
            };
            let index = index.strip_prefix('=').unwrap_or(index);
            format!("{model} where {index} is {}{wider}", value.unwrap_or("any value"))
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text != "*"
}

fn named(model: &str, part: &str, key: &str) -> Option<NamedGroup> {
    let array = format!("[{},{},{key}]", text(model), text(part));
    (is_name(model) && is_name(part)).then(|| array.parse().ok())?
}

/// The JSON of a string.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A key as it was typed: JSON, or else a string.
fn key(word: &str) -> String {
    match serde_json::from_str::<&RawValue>(word) {
        Ok(json) => json.get().to_owned(),
        Err(_) => text(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_told_in_words() {
        let said = |json: &str| describe(&json.parse().expect("a group"));
        assert_eq!(said(r#"["*"]"#), "everything that is shared");
        assert_eq!(said(r#"["shop.book"]"#), "shop.book as a whole");
        assert_eq!(said(r#"["shop.book","*"]"#), "everything of shop.book");
        assert_eq!(said(r#"["shop.book","row",7]"#), "the row 7 of shop.book");
        assert_eq!(said(r#"["shop.lock","=key",7]"#), "shop.lock where key is 7");
        assert_eq!(said(r#"["shop.book","key",7]"#), "member 7 of shop.book");
        assert_eq!(said(r#"["shop.book","key",null]"#), "all members of shop.book");
        assert_eq!(said(r#"["shop.book","row",null]"#), "everything of shop.book");
        assert_eq!(said(r#"["shop.book","author",3]"#), "shop.book where author is 3");
        assert_eq!(said(r#"["shop.book","author",null]"#), "shop.book where author is any value");
        assert_eq!(
            said(r#"["shop.book","author~",3]"#),
            "shop.book where author is 3, by wider indexes"
        );
        assert_eq!(said(r#"["tag","key","front page"]"#), r#"the tag "front page""#);
        assert_eq!(said(r#"["tag","row","front page"]"#), r#"the tag "front page""#);
    }
}
