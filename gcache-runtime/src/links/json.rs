//! Named groups as JSON arrays, and reports of them as objects.

use super::named::{EVERYTHING, INDEX, MEMBERS, NamedGroup, Part, ROW};
use super::report::{GroupReport, Report, Told};
use serde::de::Error as _;
use serde::ser::{SerializeStruct as _, SerializeTuple as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

impl Part {
    fn of_text(text: &str) -> Self {
        let index = |name: &str| {
            let field = name.strip_prefix(INDEX).filter(|field| matches!(*field, MEMBERS | ROW));
            Cow::Owned(field.unwrap_or(name).to_owned())
        };
        match text {
            EVERYTHING => Self::Everything,
            MEMBERS => Self::Members,
            ROW => Self::Row,
            text => match text.strip_suffix('~') {
                Some(name) => Self::Touches(index(name)),
                None => Self::Index(index(text)),
            },
        }
    }
}

impl Serialize for NamedGroup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let part = self.part.to_text();
        let has_key = !matches!(self.part, Part::Whole | Part::Everything);
        let mut array =
            serializer.serialize_tuple(1 + usize::from(part.is_some()) + usize::from(has_key))?;
        array.serialize_element(&self.model)?;
        if let Some(part) = part {
            array.serialize_element(&part)?;
        }
        if has_key {
            // A codec has written it, or it was read from an array.
            let key = self.key.clone().map(|key| RawValue::from_string(key.into()));
            let key = key.transpose().map_err(serde::ser::Error::custom)?;
            array.serialize_element(&key)?;
        }
        array.end()
    }
}

impl<'de> Deserialize<'de> for NamedGroup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let array = Vec::<Box<RawValue>>::deserialize(deserializer)?;
        let text =
            |at: usize| serde_json::from_str::<String>(array[at].get()).map_err(D::Error::custom);
        let (part, key) = match array.len() {
            1 => (Part::Whole, None),
            2 if text(1)? == EVERYTHING => (Part::Everything, None),
            3 => (Part::of_text(&text(1)?), Some(array[2].get()).filter(|key| *key != "null")),
            _ => return Err(D::Error::custom("a group is a name, a part and a key")),
        };
        if part == Part::Everything && array.len() == 3 {
            return Err(D::Error::custom("all of a model has no key"));
        }
        Ok(Self { model: Cow::Owned(text(0)?), part, key: key.map(Into::into) })
    }
}

impl NamedGroup {
    /// The places of its array: the name of the model, the part, and the JSON of the key where one is named.
    pub fn places(&self) -> (&str, Option<Cow<'_, str>>, Option<&str>) {
        (&self.model, self.part.to_text(), self.key.as_deref())
    }
}

/// Its JSON.
impl fmt::Display for NamedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for NamedGroup {
    type Err = serde_json::Error;

    fn from_str(json: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(json)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.groups.serialize(serializer)
    }
}

impl Serialize for GroupReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (told, reason) = match self.told {
            Told::ByName => ("by name", None),
            Told::AllKeys(reason) => ("all keys", Some(reason.says(self.key))),
            Told::Nobody => ("nobody", None),
        };
        let mut group = serializer.serialize_struct("GroupReport", 5)?;
        group.serialize_field("model", self.model)?;
        group.serialize_field("part", &self.part)?;
        group.serialize_field("key", self.key)?;
        group.serialize_field("told", told)?;
        group.serialize_field("reason", &reason)?;
        group.end()
    }
}
