//! A call of `cached` in a template.

use crate::error::FragmentError;
use crate::groups::{Names, WORDS, tags};
use crate::part::{self, Part};
use crate::text::{Identity, Texts};
use crate::uses::Mistake;
use gcache::{Cached, ENTRY_BYTES, GroupList, depends_on};
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{AutoEscape, Error, State, UndefinedBehavior};
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

/// The memo key of a fragment: where it stands, its groups, and the values that it varies on.
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
    ENTRY_BYTES + (size_of::<Rendered>() + key.weight() + text) as u64
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) memo: Cached<FragmentKey, Rendered>,
    pub(crate) names: Names,
}

/// The function in one environment.
#[derive(Debug)]
pub(crate) struct Installed {
    pub(crate) shared: Arc<Shared>,
    pub(crate) texts: Texts,
    /// Its name in templates.
    pub(crate) function: String,
}

impl Installed {
    /// `{% call cached(name, "whole group", group=key, tag="..", vary=[..]) %} .. {% endcall %}`
    pub(crate) fn call(
        &self,
        state: &mut State<'_, '_>,
        name: String,
        groups: &[String],
        words: &Kwargs,
    ) -> Result<Value, Error> {
        let Ok(block) = words.peek::<Value>("caller") else {
            return Err(FragmentError::NoBlock { fragment: name }.into());
        };
        let list = named(&self.shared.names, &name, groups, words)?;
        let words = parts(words)?;
        let Some(template) = self.texts.of(state, &self.function, &name) else {
            // Not known by its text, so it is rendered each time. Its groups count for a block around it.
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
            key.check(state)?;
            let value = block.call(state, &[])?;
            let is_of_key = key.template.takes_in_the_same(state.env());
            Ok(Rendered { value, is_of_key })
        };
        let answer = self.shared.memo.try_get_with(&key, || list, render)?;
        Ok(answer.into_value().value)
    }
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
        return Err(FragmentError::NoGroups { fragment: name.to_owned() }.into());
    }
    Ok(list)
}

/// The parts of the key that the words of a call make: all but the block itself.
fn parts(words: &Kwargs) -> Result<Vec<(String, Part)>, Error> {
    let words_and_values = words.args().filter(|word| *word != "caller").map(|word| {
        let value: Value = words.peek(word)?;
        if word == "vary" && value.kind() != ValueKind::Seq {
            return Err(FragmentError::VaryIsNoList.into());
        }
        Ok((word.to_owned(), Part::of(&value)?))
    });
    words_and_values.collect()
}

impl FragmentKey {
    /// Refuses a block that is known to use an input that the key does not hold and no variable stands for.
    fn check(&self, state: &State<'_, '_>) -> Result<(), FragmentError> {
        if self.template.macros_use_blocks() {
            return Err(Mistake::Blocks.of(&self.name));
        }
        for fragment in self.template.fragments(&self.name) {
            if let Some(mistake) = fragment.mistake {
                return Err(mistake.of(&self.name));
            }
            for name in &fragment.names {
                let Some(value) = state.lookup(name) else { continue };
                let is_foreign = part::is_macro(&value) || part::is_module(&value);
                let advice = if part::is_loop(&value) {
                    format!(
                        ", a loop around it, and does not name it: write `vary=[{name}.index]`, or what of it \
                         matters"
                    )
                } else if is_foreign && !self.template.has_macro(name) {
                    format!(
                        ", whose text stands elsewhere and cannot be named: write what it returns before the \
                         fragment, as in `{{% set text = {name}() %}}`, and `vary=[text]`"
                    )
                } else {
                    continue;
                };
                let (fragment, input) = (self.name.clone(), format!("`{name}`"));
                return Err(FragmentError::UnnamedInput { fragment, input, advice });
            }
        }
        Ok(())
    }

    /// About how many bytes it takes to keep it.
    fn weight(&self) -> usize {
        let words = self.words.iter().map(|(word, part)| word.len() + part.weight());
        let groups = self.groups.iter().map(String::len);
        size_of::<Self>() + self.name.len() + words.sum::<usize>() + groups.sum::<usize>()
    }
}
