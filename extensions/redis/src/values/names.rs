//! Under which names Redis keeps the numbers of groups.
//!
//! The number of a group is the count at which it was last invalidated. That of a member, or of one value of an index,
//! has a key of its own. Those of models and of families of keys are fields of the namespace's state, which a program
//! has few of, and which are lost together with the incarnation or not at all.
//!
//! Names that collide share a number, so too much is invalidated and never too little.

use gcache::link::NamedGroup;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Above each group: everything that is shared.
const ALL: &str = "all";

/// Which numbers a value rests on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Fields of the state.
    pub(super) fields: Vec<String>,
    /// Keys of their own.
    pub(super) keys: Vec<String>,
}

impl Numbers {
    /// The numbers of these groups and of all that end with them, where keys begin with `prefix`.
    ///
    /// As in a process, a member rests on its own number, on that of its family, and on its model's. A member without a
    /// key, be it that the key is secret or that it cannot be written, rests on its whole model: each change of any member
    /// invalidates that.
    pub(super) fn of(groups: &[NamedGroup], prefix: &str) -> Self {
        let mut numbers = Self { fields: vec![ALL.to_owned()], keys: Vec::new() };
        let mut add = |field: String| {
            if !numbers.fields.contains(&field) {
                numbers.fields.push(field);
            }
        };
        for group in groups {
            match Named::of(group) {
                Named::All => {}
                Named::Whole(model) | Named::Everything(model) => {
                    add(whole(model));
                    add(everything(model));
                }
                Named::Family(model, part) => {
                    add(whole(model));
                    add(everything(model));
                    add(family(model, &part));
                }
                Named::Key(model, part, key) => {
                    add(everything(model));
                    add(family(model, &part));
                    numbers.keys.push(keyed(prefix, model, &part, &key));
                }
            }
        }
        numbers.keys.sort_unstable();
        numbers.keys.dedup();
        numbers
    }
}

/// The names to hand to the script that counts an invalidation of `groups`, a JSON array of groups. Of a text that
/// names none, everything is invalidated.
pub fn invalidated(groups: &str) -> Vec<String> {
    let name = |group: &NamedGroup| match Named::of(group) {
        Named::All => ALL.to_owned(),
        Named::Whole(model) => whole(model),
        Named::Everything(model) => everything(model),
        Named::Family(model, part) => family(model, &part),
        Named::Key(model, part, key) => keyed("=", model, &part, &key),
    };
    match serde_json::from_str::<Vec<NamedGroup>>(groups) {
        Ok(groups) => groups.iter().map(name).collect(),
        // mutant: malformed-ignored
        Err(_) => vec![ALL.to_owned()],
    }
}

/// A group by what it ends.
enum Named<'a> {
    All,
    Whole(&'a str),
    Everything(&'a str),
    Family(&'a str, Cow<'a, str>),
    /// With the key as all builds write it.
    Key(&'a str, Cow<'a, str>, Cow<'a, str>),
}

impl<'a> Named<'a> {
    fn of(group: &'a NamedGroup) -> Self {
        let (model, part, key) = group.places();
        match (part, key) {
            (None, _) if model == "*" => Self::All,
            (None, _) => Self::Whole(model),
            // Of a row nothing else is known: it may have any value of each index.
            (Some(part), _) if part == "*" || part == "row" => Self::Everything(model),
            (Some(part), None) => Self::Family(model, part),
            (Some(part), Some(key)) => match canonical(key) {
                Some(key) => Self::Key(model, part, key),
                // Another process may write the number in another way.
                None => Self::Family(model, part),
            },
        }
    }
}

fn whole(model: &str) -> String {
    ["g:", &plain(model)].concat()
}

fn everything(model: &str) -> String {
    ["g:", &plain(model), ":*"].concat()
}

fn family(model: &str, part: &str) -> String {
    ["g:", &plain(model), ":", &plain(part)].concat()
}

/// A key of any length is named by its hash.
fn keyed(prefix: &str, model: &str, part: &str, key: &str) -> String {
    let hash = blake3::hash(key.as_bytes()).to_hex();
    [prefix, &plain(model), ":", &plain(part), ":", &hash[..32]].concat()
}

/// The JSON of a key as every process writes it; none if they may differ.
fn canonical(json: &str) -> Option<Cow<'_, str>> {
    // Most keys are numbers.
    if json.len() < 20 && json.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(json.into());
    }
    let key = serde_json::from_str(json).ok().filter(is_exact)?;
    let mut text = String::new();
    write_canonical(&key, &mut text);
    Some(text.into())
}

/// Whether all numbers are integers of 64 bits, which every build of `serde_json` writes alike.
fn is_exact(key: &Value) -> bool {
    match key {
        Value::Number(number) => number.is_u64() || number.is_i64(),
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(fields) => fields.values().all(is_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Writes fields in the order of their names: whether `serde_json` keeps another depends on the features of a build.
fn write_canonical(key: &Value, text: &mut String) {
    match key {
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (name, value) in fields.iter().collect::<BTreeMap<_, _>>() {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&key.to_string());
        }
    }
}

/// A name in a list of lines is one line.
fn plain(name: &str) -> Cow<'_, str> {
    if name.contains(char::is_control) {
        return name.replace(char::is_control, " ").into();
    }
    name.into()
}

#[cfg(test)]
mod tests {
    use super::{Numbers, invalidated};

    #[test]
    fn what_is_invalidated_is_what_a_value_rests_on() {
        let rests_on = |groups: &str, name: &str| {
            let groups: Vec<_> = serde_json::from_str(groups).unwrap();
            let Numbers { fields, keys } = Numbers::of(&groups, "");
            match name.strip_prefix('=') {
                Some(key) => keys.iter().any(|known| known == key),
                None => fields.iter().any(|known| known == name),
            }
        };
        let member = r#"[["book","key",7]]"#;
        for ending in
            [member, r#"[["book","key",null]]"#, r#"[["book","*"]]"#, r#"[["*"]]"#, "no JSON"]
        {
            assert!(rests_on(member, &invalidated(ending)[0]), "{ending}");
        }
        for other in [
            r#"[["book"]]"#,
            r#"[["book","key",8]]"#,
            r#"[["film","*"]]"#,
            r#"[["book","author",7]]"#,
        ] {
            assert!(!rests_on(member, &invalidated(other)[0]), "{other}");
        }
        for dependent in [member, r#"[["book"]]"#, r#"[["book","author",3]]"#] {
            assert!(rests_on(dependent, &invalidated(r#"[["book","row",7]]"#)[0]), "{dependent}");
        }
        let without_key = r#"[["book","key",null]]"#;
        assert!(rests_on(without_key, &invalidated(r#"[["book"]]"#)[0]));
        let touch = r#"[["book","author~",3]]"#;
        assert!(rests_on(touch, &invalidated(touch)[0]));
    }

    #[test]
    fn an_equal_key_has_an_equal_name() {
        assert_eq!(
            invalidated(r#"[["book", "key", [1, "a"]]]"#),
            invalidated(r#"[["book","key",[1,"a"]]]"#)
        );
        let fields = [r#"[["m","key",{"a":1,"b":2}]]"#, r#"[["m","key",{"b":2,"a":1}]]"#];
        assert_eq!(invalidated(fields[0]), invalidated(fields[1]));
        assert_eq!(invalidated(r#"[["m","key",[0.5]]]"#), ["g:m:key"]);
        assert_eq!(invalidated("[[\"a\\nb\"]]"), ["g:a b"]);
    }
}
