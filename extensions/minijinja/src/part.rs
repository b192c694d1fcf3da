//! Values of a template as parts of a memo key.

use crate::error::FragmentError;
use minijinja::value::{Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind};

/// A value that tells fragments apart.
///
/// The template engine calls `1`, `1.0` and `true` equal, a list and a tuple of the same items, and a safe
/// string the same as one that is still to be escaped. They may be rendered differently, so here they are not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Undefined,
    None,
    Bool(bool),
    /// A whole number, as it is written.
    Integer(String),
    /// The bits of a number with a fraction.
    Float(u64),
    Text {
        text: String,
        safe: bool,
    },
    Bytes(Vec<u8>),
    List(Vec<Part>),
    Tuple(Vec<Part>),
    Map(Vec<(Part, Part)>),
}

impl Part {
    /// The part of a key that `value` is.
    pub(crate) fn of(value: &Value) -> Result<Self, Error> {
        Ok(match value.kind() {
            ValueKind::Undefined => Self::Undefined,
            ValueKind::None => Self::None,
            ValueKind::Bool => Self::Bool(value.is_true()),
            ValueKind::Number if value.is_integer() => Self::Integer(value.to_string()),
            ValueKind::Number => Self::Float(f64::try_from(value.clone())?.to_bits()),
            ValueKind::String => Self::text(value)?,
            ValueKind::Bytes => Self::Bytes(value.as_bytes().unwrap_or_default().to_vec()),
            ValueKind::Seq if value.downcast_object_ref::<Tuple>().is_some() => {
                Self::Tuple(Self::items(value)?)
            }
            ValueKind::Seq => Self::List(Self::items(value)?),
            _ if is_macro(value) => {
                return Err(FragmentError::CannotVary {
                    on: "a macro or the block of a `{% call %}`".to_owned(),
                    advice: "name the text that it returns, as in `{% set text = caller() %}` and `vary=[text]`",
                }
                .into());
            }
            ValueKind::Map => {
                let pair = |key: Value| Ok((Self::of(&key)?, Self::of(&value.get_item(&key)?)?));
                Self::Map(value.try_iter()?.map(pair).collect::<Result<_, Error>>()?)
            }
            other => {
                return Err(FragmentError::CannotVary {
                    on: format!("a value of the type {other}"),
                    advice: "name what of it matters",
                }
                .into());
            }
        })
    }

    fn text(value: &Value) -> Result<Self, Error> {
        let text = value.as_str().ok_or_else(|| Error::from(ErrorKind::BadSerialization))?;
        Ok(Self::Text { text: text.to_owned(), safe: value.is_safe() })
    }

    /// The parts that the items of a list are.
    pub(crate) fn items(list: &Value) -> Result<Vec<Self>, Error> {
        list.try_iter()?.map(|item| Self::of(&item)).collect()
    }

    /// About how many bytes it takes to keep it.
    pub(crate) fn weight(&self) -> usize {
        let beyond = match self {
            Self::Undefined | Self::None | Self::Bool(_) | Self::Float(_) => 0,
            Self::Integer(text) | Self::Text { text, .. } => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(items) | Self::Tuple(items) => items.iter().map(Self::weight).sum(),
            Self::Map(pairs) => pairs.iter().map(|(key, item)| key.weight() + item.weight()).sum(),
        };
        size_of::<Self>() + beyond
    }
}

/// Whether `value` is a macro, or the block of a `{% call %}`.
pub(crate) fn is_macro(value: &Value) -> bool {
    has_type(value, "::macro_object::Macro")
}

/// Whether `value` is what a template imports as a whole.
pub(crate) fn is_module(value: &Value) -> bool {
    has_type(value, "::module_object::Module")
}

/// Whether `value` is the `loop` of a `{% for %}`.
pub(crate) fn is_loop(value: &Value) -> bool {
    has_type(value, "::loop_object::Loop")
}

/// The engine keeps these types to itself, and tells their names.
fn has_type(value: &Value, name: &str) -> bool {
    value.as_object().is_some_and(|object| object.type_name().ends_with(name))
}
