//! Which template a fragment stands in: told by its text, since a name can be that of many.

use crate::uses::{Fragment, Uses};
use minijinja::{Environment, State, Template};
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// The text of a template, and of those that it takes in.
#[derive(Debug)]
pub(crate) struct Text {
    source: String,
    others: Vec<Other>,
    fragments: Vec<Fragment>,
    /// The names of the macros in all of these texts.
    macros: BTreeSet<String>,
    /// Whether a macro that is taken in uses a block by `self`.
    macros_use_blocks: bool,
}

/// A template that is extended, included or imported.
#[derive(Debug)]
struct Other {
    /// The template that takes it in, and the name that stands there.
    parent: String,
    name: String,
    /// Its full name and its text, if there is such a template.
    found: Option<(String, String)>,
}

/// A text as a part of keys.
///
/// Compared by where it is kept, which is no other's place as long as a key holds it.
#[derive(Clone, Debug)]
pub(crate) struct Identity(Arc<Text>);

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Identity {
    /// The fragments of this text that may be the one called `name`.
    pub(crate) fn fragments(&self, name: &str) -> impl Iterator<Item = &Fragment> {
        self.0.fragments.iter().filter(move |fragment| fragment.may_be(name))
    }

    /// Whether the templates that it takes in are still the same.
    pub(crate) fn takes_in_the_same(&self, env: &Environment<'_>) -> bool {
        self.0.takes_in_the_same(env)
    }

    /// Whether the text of a macro of that name is a part of this one.
    pub(crate) fn has_macro(&self, name: &str) -> bool {
        self.0.macros.contains(name)
    }

    /// Whether a macro that is taken in uses a block by `self`.
    pub(crate) fn macros_use_blocks(&self) -> bool {
        self.0.macros_use_blocks
    }
}

/// The texts of the templates of one environment: two environments have two of these, so that a text in one
/// is never the same as a text in the other, whose filters and settings may differ.
#[derive(Debug, Default)]
pub(crate) struct Texts(Mutex<HashMap<String, Vec<Identity>>>);

/// How many texts are remembered of one name: clones of an environment may have one each.
const TEXTS_OF_A_NAME: usize = 4;

/// How many names are remembered. One that is forgotten is another text from then on.
const NAMES: usize = 4096;

impl Texts {
    /// The text of the template that is rendered in `state`, where it calls `function` for a fragment `name`.
    ///
    /// There is none of a template that its environment does not hold, or holds in another text by now: a
    /// state does not tell the text that it runs. Nor is there one if that call is not found in the text.
    pub(crate) fn of(&self, state: &State<'_, '_>, function: &str, name: &str) -> Option<Identity> {
        let env = state.env();
        let template = env.get_template(state.name()).ok()?;
        // A template has its name to itself: one that is made of text has another, if it is spelled the same.
        if !std::ptr::eq(template.name(), state.name()) {
            return None;
        }
        // Compared outside of the lock, since loaders are the user's.
        let known = self.lock().get(state.name()).cloned().unwrap_or_default();
        let same = known.into_iter().find(|text| text.0.is(&template, env));
        let text = same.unwrap_or_else(|| {
            let text = Identity(Arc::new(Text::new(&template, env, function)));
            let mut texts = self.lock();
            if texts.len() >= NAMES {
                texts.clear();
            }
            let of_name = texts.entry(state.name().to_owned()).or_default();
            of_name.insert(0, text.clone());
            of_name.truncate(TEXTS_OF_A_NAME);
            text
        });
        let is_found = text.fragments(name).next().is_some();
        is_found.then_some(text)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<Identity>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Text {
    fn new(template: &Template<'_, '_>, env: &Environment<'_>, function: &str) -> Self {
        let source = template.source().to_owned();
        let uses = Uses::of(&source, env.syntax(), function);
        let Uses { fragments, templates, mut macros, .. } = uses;
        let mut macros_use_blocks = false;
        let mut others = Vec::new();
        let mut seen = BTreeSet::from([template.name().to_owned()]);
        let mut left = vec![(template.name().to_owned(), templates)];
        while let Some((parent, names)) = left.pop() {
            for name in names {
                let found = find(env, &parent, &name);
                if let Some((full, source)) = &found
                    && seen.insert(full.clone())
                {
                    let uses = Uses::of(source, env.syntax(), function);
                    macros.extend(uses.macros);
                    macros_use_blocks |= uses.macros_use_blocks;
                    left.push((full.clone(), uses.templates));
                }
                others.push(Other { parent: parent.clone(), name, found });
            }
        }
        Self { source, others, fragments, macros, macros_use_blocks }
    }

    /// Whether `template` is this text still, and those that it takes in are.
    fn is(&self, template: &Template<'_, '_>, env: &Environment<'_>) -> bool {
        template.source() == self.source && self.takes_in_the_same(env)
    }

    fn takes_in_the_same(&self, env: &Environment<'_>) -> bool {
        self.others.iter().all(|other| match &other.found {
            Some((full, source)) => env.get_template(full).is_ok_and(|now| now.source() == *source),
            None => find(env, &other.parent, &other.name).is_none(),
        })
    }
}

/// The full name and the text of the template that `name` means where it stands in `parent`.
fn find(env: &Environment<'_>, parent: &str, name: &str) -> Option<(String, String)> {
    // A state joins the two as the environment is told to.
    let parent = env.get_template(parent).ok()?;
    let state = parent.new_state();
    let found = state.get_template(name).ok()?;
    Some((found.name().to_owned(), found.source().to_owned()))
}
