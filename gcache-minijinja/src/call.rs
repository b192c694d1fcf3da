//! A call of `cached` in a template.

use crate::fragments::Shared;
use crate::groups::{WORDS, tags};
use crate::part::Part;
use gcache_runtime::GroupList;
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{AutoEscape, Error, ErrorKind, State};

/// What tells fragments apart: where they stand, what they are about, and what they vary on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FragmentKey {
    template: String,
    name: String,
    escape: AutoEscape,
    /// The words of the call, with their values; the words for groups are among them.
    words: Vec<(String, Part)>,
    groups: Vec<String>,
}

/// A fragment as it was rendered: text that is safe where its template escapes.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    value: Value,
    /// What its key weighs.
    key: usize,
}

impl Rendered {
    pub(crate) fn weight(&self) -> u64 {
        let weight = size_of::<Self>() + self.key + self.value.as_str().map_or(0, str::len);
        weight as u64
    }
}

/// `{% call cached(name, "whole group", group=key, tag="..", vary=[..]) %} .. {% endcall %}`
pub(crate) fn call(
    fragments: &Shared,
    state: &mut State<'_, '_>,
    name: String,
    groups: &[String],
    words: &Kwargs,
) -> Result<Value, Error> {
    let Ok(block) = words.peek::<Value>("caller") else {
        let message = format!("write `{{% call cached({name:?}, ..) %}} .. {{% endcall %}}`");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    };
    let list = named(fragments, &name, groups, words)?;
    let key = FragmentKey {
        template: state.name().to_owned(),
        name,
        escape: state.auto_escape().clone(),
        words: parts(words)?,
        groups: groups.to_vec(),
    };
    let render = || -> Result<Rendered, Error> {
        let value = block.call(state, &[])?;
        Ok(Rendered { value, key: key.weight() })
    };
    let answer = fragments.memo.try_get(&key, || list, render)?;
    Ok(answer.into_value().value)
}

/// The groups that a fragment names.
fn named(
    fragments: &Shared,
    name: &str,
    groups: &[String],
    words: &Kwargs,
) -> Result<GroupList, Error> {
    let mut list = GroupList::new();
    // Counted by the words, since a list of keys may be empty.
    let mut depends = words.peek::<Value>("through").is_ok_and(|through| through.is_true());
    for group in groups {
        fragments.names.whole(group, &mut list)?;
        depends = true;
    }
    for word in words.args().filter(|word| *word == "tag" || !WORDS.contains(word)) {
        let value: Value = words.peek(word)?;
        match word {
            "tag" => tags(&value, &mut list)?,
            group => fragments.names.keyed(group, &value, &mut list)?,
        }
        depends = true;
    }
    if !depends {
        let message = format!(
            "the fragment `{name}` depends on nothing: name a group or a tag, or say `through=true` if \
             what it calls is enough"
        );
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    Ok(list)
}

/// What the words of a call have to do with the key: all but the block itself.
fn parts(words: &Kwargs) -> Result<Vec<(String, Part)>, Error> {
    let words_and_values = words.args().filter(|word| *word != "caller").map(|word| {
        let value: Value = words.peek(word)?;
        if word == "vary" && value.kind() != ValueKind::Seq {
            let message = "`vary` is a list: write `vary=[lang]`";
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        }
        Ok((word.to_owned(), Part::of(&value)?))
    });
    words_and_values.collect()
}

impl FragmentKey {
    /// About how many bytes it takes to keep it.
    fn weight(&self) -> usize {
        let words = self.words.iter().map(|(word, part)| word.len() + part.weight());
        let groups = self.groups.iter().map(String::len);
        let text = self.template.len() + self.name.len();
        size_of::<Self>() + text + words.sum::<usize>() + groups.sum::<usize>()
    }
}
