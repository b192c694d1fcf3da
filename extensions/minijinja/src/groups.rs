//! Groups by the names that templates know them by.

use crate::error::FragmentError;
use gcache::{GroupList, tag};
use minijinja::Error;
use minijinja::value::{Value, ValueKind};
use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;

/// The words of the function itself, which are no names of groups.
pub(crate) const WORDS: [&str; 4] = ["caller", "tag", "through", "vary"];

/// Adds the group that a key names to a list.
type AddOne = Box<dyn Fn(Value, &mut GroupList) -> Result<(), Error> + Send + Sync>;

/// Adds a group without a key to a list.
type AddWhole = Box<dyn Fn(&mut GroupList) + Send + Sync>;

/// Groups by the names that templates know them by.
#[derive(Default)]
pub(crate) struct Names {
    /// Those that are given keys: `movie=7`.
    keyed: BTreeMap<String, AddOne>,
    /// Those that stand for themselves: `"movies"`.
    whole: BTreeMap<String, AddWhole>,
}

impl Names {
    /// Lets `name=key` stand for the group that `add` makes of a key.
    ///
    /// # Panics
    ///
    /// Where the name is taken, or is a word of the function itself.
    pub(crate) fn add_keyed<K: DeserializeOwned>(
        &mut self,
        name: &str,
        add: impl Fn(K, &mut GroupList) + Send + Sync + 'static,
    ) {
        assert!(!WORDS.contains(&name), "`{name}` is a word of `cached`, and no group's name");
        let add = move |value: Value, list: &mut GroupList| {
            add(K::deserialize(value)?, list);
            Ok(())
        };
        let before = self.keyed.insert(name.to_owned(), Box::new(add));
        assert!(before.is_none(), "`{name}` names two groups");
    }

    /// Lets `"name"` stand for the group that `add` adds.
    ///
    /// # Panics
    ///
    /// Where the name is taken.
    pub(crate) fn add_whole(
        &mut self,
        name: &str,
        add: impl Fn(&mut GroupList) + Send + Sync + 'static,
    ) {
        let before = self.whole.insert(name.to_owned(), Box::new(add));
        assert!(before.is_none(), "`{name}` names two groups");
    }

    /// Adds the group without a key that `name` stands for.
    pub(crate) fn whole(&self, name: &str, list: &mut GroupList) -> Result<(), Error> {
        let add = self.whole.get(name).ok_or_else(|| self.unknown(name))?;
        add(list);
        Ok(())
    }

    /// Adds the groups that the word `name` stands for with `keys`: one key, or a list of them.
    pub(crate) fn keyed(
        &self,
        name: &str,
        keys: &Value,
        list: &mut GroupList,
    ) -> Result<(), Error> {
        let add = self.keyed.get(name).ok_or_else(|| self.unknown(name))?;
        each(keys, |key| add(key, list)).map_err(|source| {
            let (group, value) = (name.to_owned(), keys.clone());
            FragmentError::NotAKey { group, value, source }.into()
        })
    }

    fn unknown(&self, name: &str) -> Error {
        let keyed = self.keyed.keys().map(|name| format!("{name}=.."));
        let whole = self.whole.keys().map(|name| format!("{name:?}"));
        let known: Vec<String> = keyed.chain(whole).collect();
        FragmentError::UnknownGroup { name: name.to_owned(), known: known.join(", ") }.into()
    }
}

/// Adds the tag that `tags` is, or the tags in that list.
pub(crate) fn tags(tags: &Value, list: &mut GroupList) -> Result<(), Error> {
    let add = |name: Value| {
        list.push(tag(String::deserialize(name)?));
        Ok(())
    };
    each(tags, add).map_err(|source| FragmentError::NotATag { value: tags.clone(), source }.into())
}

/// Does `add` with `keys`, or, where they are a list and no key, with each of them.
fn each(keys: &Value, mut add: impl FnMut(Value) -> Result<(), Error>) -> Result<(), Error> {
    match add(keys.clone()) {
        Err(_) if keys.kind() == ValueKind::Seq => keys.try_iter()?.try_for_each(add),
        one => one,
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.keyed.keys().chain(self.whole.keys()).collect();
        f.debug_tuple("Names").field(&names).finish()
    }
}
