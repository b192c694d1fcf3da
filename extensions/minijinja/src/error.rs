//! Mistakes in a call of `cached`: to match on.

use minijinja::value::Value;
use minijinja::{Error, ErrorKind};
use std::fmt;

/// A mistake in a template's call of `cached`. Nothing is rendered from the cache and nothing is stored.
///
/// The engine reports it as an error of the kind `InvalidOperation` with the template's name and line, and
/// [`FragmentError::of`] finds it in there. Errors of the block itself pass through as they are.
///
/// ```
/// use gcache_minijinja::{FragmentError, fragments};
/// use minijinja::{Environment, context};
///
/// let mut env = Environment::new();
/// fragments("cards").build().install(&mut env);
/// env.add_template("card.html", r#"{% call cached("card", film=7) %}..{% endcall %}"#)?;
///
/// let error = env.get_template("card.html")?.render(context! {}).unwrap_err();
/// match FragmentError::of(&error) {
///     Some(FragmentError::UnknownGroup { name, .. }) => assert_eq!(name, "film"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), minijinja::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum FragmentError {
    /// The call has no block: it is written `{{ cached(..) }}`.
    NoBlock {
        /// The name of the fragment.
        fragment: String,
    },
    /// The call names no group and no tag, and does not say `through=true`.
    NoGroups {
        /// The name of the fragment.
        fragment: String,
    },
    /// A word of the call names no group.
    UnknownGroup {
        /// The word.
        name: String,
        /// The names that are registered, as they are written in a call.
        known: String,
    },
    /// A value is no key of the group, or no value of the index.
    NotAKey {
        /// The name of the group.
        group: String,
        /// The value, or the list that holds it.
        value: Value,
        /// The error of the key's type.
        source: Error,
    },
    /// A value is no tag.
    NotATag {
        /// The value, or the list that holds it.
        value: Value,
        /// The error of a text's type.
        source: Error,
    },
    /// `vary` is no list.
    VaryIsNoList,
    /// A value that nothing can vary on.
    CannotVary {
        /// Its kind: "a macro", "a value of the type plain object".
        on: String,
        /// What to write instead.
        advice: &'static str,
    },
    /// The block uses an input that its key does not hold: a loop around it, a block of the template, a macro that
    /// stands elsewhere.
    UnnamedInput {
        /// The name of the fragment.
        fragment: String,
        /// The input, as the block names it.
        input: String,
        /// What to write instead.
        advice: String,
    },
    /// Two blocks of one template have the same call and different texts.
    TwoTexts {
        /// The name of both fragments.
        fragment: String,
    },
}

impl FragmentError {
    /// The mistake behind `error`, however many templates lie between; `None` if it is another error.
    pub fn of(error: &Error) -> Option<&Self> {
        let error: &(dyn std::error::Error + 'static) = error;
        let mut causes = std::iter::successors(Some(error), |error| error.source());
        causes.find_map(|error| error.downcast_ref())
    }
}

impl fmt::Display for FragmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBlock { fragment } => {
                write!(f, "write `{{% call cached({fragment:?}, ..) %}} .. {{% endcall %}}`")
            }
            Self::NoGroups { fragment } => write!(
                f,
                "the fragment `{fragment}` depends on nothing: name a group or a tag, or say `through=true` if the \
                 groups of what it calls are enough"
            ),
            Self::UnknownGroup { name, known } => {
                write!(f, "`{name}` names no group; there are: {known}")
            }
            Self::NotAKey { group, value, .. } => {
                write!(f, "{value:?} is no key of the group `{group}`")
            }
            Self::NotATag { value, .. } => {
                write!(f, "{value:?} is no tag: write text, or a list of texts")
            }
            Self::VaryIsNoList => f.write_str("`vary` is a list: write `vary=[lang]`"),
            Self::CannotVary { on, advice } => {
                write!(f, "a fragment cannot vary on {on}: {advice}")
            }
            Self::UnnamedInput { fragment, input, advice } => {
                write!(f, "the fragment `{fragment}` uses {input}{advice}")
            }
            Self::TwoTexts { fragment } => write!(
                f,
                "the fragment `{fragment}` stands twice in its template, with two texts: give each a name of its own"
            ),
        }
    }
}

impl std::error::Error for FragmentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotAKey { source, .. } | Self::NotATag { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<FragmentError> for Error {
    fn from(error: FragmentError) -> Self {
        Self::new(ErrorKind::InvalidOperation, error.to_string()).with_source(error)
    }
}
