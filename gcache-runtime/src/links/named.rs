//! Groups by names that are the same in all processes.

use std::borrow::Cow;

/// An invalidated group, by a name that is the same in all processes.
///
/// With the feature `links`, it is read and written as a JSON array:
///
/// | form | what ends |
/// | --- | --- |
/// | `["*"]` | all groups that the link covers |
/// | `["shop.book"]` | what depends on the model as a whole |
/// | `["shop.book","*"]` | all of the model, its members and its index values |
/// | `["shop.book","key",7]` | what depends on one member |
/// | `["shop.book","key",null]` | what depends on any member by its key |
/// | `["shop.book","row",7]` | what may depend on the row of this key: the member, all index values, the model as a whole |
/// | `["shop.book","author",3]`, `["shop.book","author",null]` | one value of an index, all values of it |
/// | `["shop.book","author~",3]` | what depends on a wider index whose value has this part |
///
/// An index over a field `key` is `=key`, one over a field `row` is `=row`. gcache itself tells `row` to nobody, since it
/// knows the indexes. It is for those who do not: a shell, a trigger, a program in another language.
///
/// ```
/// use gcache::link::NamedGroup;
///
/// assert_eq!(NamedGroup::all().model(), "*");
/// assert_eq!(NamedGroup::everything_of("shop.book").model(), "shop.book");
/// # #[cfg(feature = "links")]
/// # {
/// let book: NamedGroup = r#"["shop.book", "key", 7]"#.parse().unwrap();
/// assert_eq!(book.to_string(), r#"["shop.book","key",7]"#);
/// assert!(r#"["shop.book", "key"]"#.parse::<NamedGroup>().is_err());
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NamedGroup {
    pub(super) model: Cow<'static, str>,
    pub(super) part: Part,
    /// The JSON of the key. None: all keys of the part.
    pub(super) key: Option<Box<str>>,
}

/// What of a model ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// What depends on the model as a whole.
    Whole,
    /// All of it.
    Everything,
    /// Its members, by key.
    Members,
    /// A member of which no more is known.
    Row,
    /// The values of an index.
    Index(Cow<'static, str>),
    /// What wider indexes depend on, by the value of an index.
    Touches(Cow<'static, str>),
}

impl Part {
    /// What it is called in a name. None: the whole model.
    pub(super) fn to_text(&self) -> Option<Cow<'_, str>> {
        fn index(name: &str) -> Cow<'_, str> {
            match name {
                MEMBERS | ROW => format!("{INDEX}{name}").into(),
                name => name.into(),
            }
        }
        Some(match self {
            Self::Whole => return None,
            Self::Everything => EVERYTHING.into(),
            Self::Members => MEMBERS.into(),
            Self::Row => ROW.into(),
            Self::Index(name) => index(name),
            Self::Touches(name) => (index(name).into_owned() + "~").into(),
        })
    }
}

pub(super) const EVERYTHING: &str = "*";
pub(super) const MEMBERS: &str = "key";
pub(super) const ROW: &str = "row";
/// What the name of an index begins with whose field is called as the members or a row are. No field begins so.
pub(super) const INDEX: char = '=';

/// What stands for all models in the place of a name.
pub(super) const ALL: &str = "*";

impl NamedGroup {
    pub(crate) fn new(model: &'static str, part: Part, key: Option<Box<str>>) -> Self {
        Self { model: Cow::Borrowed(model), part, key }
    }

    /// All groups: `["*"]`.
    pub fn all() -> Self {
        Self::new(ALL, Part::Whole, None)
    }

    /// All of one model: `["shop.book","*"]`.
    pub fn everything_of(model: impl Into<Cow<'static, str>>) -> Self {
        Self { model: model.into(), part: Part::Everything, key: None }
    }

    /// The name of the model, or `*`.
    pub fn model(&self) -> &str {
        &self.model
    }

    pub(crate) fn part(&self) -> &Part {
        &self.part
    }

    /// Whether keys of `part` are meant, which is that of members or of an index.
    pub(crate) fn is_of(&self, part: &Part) -> bool {
        self.part == *part || (self.part == Part::Row && *part == Part::Members)
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}
