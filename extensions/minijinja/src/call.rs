//! A call of `cached` in a template.

use crate::fragments::Installed;
use crate::groups::{Names, WORDS, tags};
use crate::part::{self, Part};
use crate::text::Identity;
use crate::uses::Mistake;
use gcache::{GroupList, depends_on};
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{AutoEscape, Error, ErrorKind, State, UndefinedBehavior};
use std::mem::{Discriminant, discriminant};

/// What tells fragments apart: where they stand, what they are about, and what they vary on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FragmentKey {
    template: Identity,
    name: String,
    escape: AutoEscape,
    undefined: Discriminant<UndefinedBehavior>,
    /// The words of the call, with their values; the words for groups are among them.
    words: Vec<(String, Part)>,
    groups: Vec<String>,
}

/// A fragment as it was rendered: text that is safe where its template escapes.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    value: Value,
    /// Whether the templates that it took in were those of its key, and were not loaded again meanwhile.
    is_of_key: bool,
}

impl Rendered {
    pub(crate) fn is_of_key(&self) -> bool {
        self.is_of_key
    }
}

/// About how many bytes it takes to keep a fragment.
pub(crate) fn weigh(key: &FragmentKey, rendered: &Rendered) -> u64 {
    let text = rendered.value.as_str().map_or(0, str::len);
    (size_of::<Rendered>() + key.weight() + text) as u64
}

/// `{% call cached(name, "whole group", group=key, tag="..", vary=[..]) %} .. {% endcall %}`
pub(crate) fn call(
    installed: &Installed,
    state: &mut State<'_, '_>,
    name: String,
    groups: &[String],
    words: &Kwargs,
) -> Result<Value, Error> {
    let Ok(block) = words.peek::<Value>("caller") else {
        let message = format!("write `{{% call cached({name:?}, ..) %}} .. {{% endcall %}}`");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    };
    let list = named(&installed.shared.names, &name, groups, words)?;
    let words = parts(words)?;
    let Some(template) = installed.texts.of(state, &installed.function, &name) else {
        // Not known by its text, so each time anew. What it names counts for a block around it.
        depends_on(&list);
        return block.call(state, &[]);
    };
    let key = FragmentKey {
        template,
        name,
        escape: state.auto_escape().clone(),
        undefined: discriminant(&state.undefined_behavior()),
        words,
        groups: groups.to_vec(),
    };
    let render = || -> Result<Rendered, Error> {
        check(&key, state)?;
        let value = block.call(state, &[])?;
        let is_of_key = key.template.takes_in_the_same(state.env());
        Ok(Rendered { value, is_of_key })
    };
    let answer = installed.shared.memo.try_get_with(&key, || list, render)?;
    Ok(answer.into_value().value)
}

/// Refuses a block that is known to use what its key does not hold and no variable stands for.
fn check(key: &FragmentKey, state: &State<'_, '_>) -> Result<(), Error> {
    let name = &key.name;
    let refuse = |message: &str| {
        Err(Error::new(ErrorKind::InvalidOperation, format!("the fragment `{name}` {message}")))
    };
    if key.template.macros_use_blocks() {
        return refuse(Mistake::Blocks.message());
    }
    for fragment in key.template.fragments(name) {
        if let Some(mistake) = fragment.mistake {
            return refuse(mistake.message());
        }
        for name in &fragment.names {
            let Some(value) = state.lookup(name) else { continue };
            if part::is_loop(&value) {
                return refuse(&format!(
                    "uses `{name}`, a loop around it, and does not name it: write \
                     `vary=[{name}.index]`, or what of it matters"
                ));
            }
            let is_foreign = part::is_macro(&value) || part::is_module(&value);
            if is_foreign && !key.template.has_macro(name) {
                return refuse(&format!(
                    "uses `{name}`, whose text stands elsewhere and cannot be named: write what it \
                     returns before the fragment, as in `{{% set text = {name}() %}}`, and `vary=[text]`"
                ));
            }
        }
    }
    Ok(())
}

/// The groups that a fragment names.
fn named(names: &Names, name: &str, groups: &[String], words: &Kwargs) -> Result<GroupList, Error> {
    let mut list = GroupList::new();
    // Counted by the words, since a list of keys may be empty.
    let mut depends = words.peek::<Value>("through").is_ok_and(|through| through.is_true());
    for group in groups {
        names.whole(group, &mut list)?;
        depends = true;
    }
    for word in words.args().filter(|word| *word == "tag" || !WORDS.contains(word)) {
        let value: Value = words.peek(word)?;
        match word {
            "tag" => tags(&value, &mut list)?,
            group => names.keyed(group, &value, &mut list)?,
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
        size_of::<Self>() + self.name.len() + words.sum::<usize>() + groups.sum::<usize>()
    }
}
