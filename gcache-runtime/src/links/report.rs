//! How others are told of the groups that this process uses.

use super::codec::Codec;
use super::named::Part;
use crate::registry;
use std::fmt;

/// How other processes are told of each group that this one uses: what [`report`] returns. `Display` prints it as a table.
/// With the feature `links`, serde writes it as a list of objects.
///
/// ```
/// gcache::group!(Book: u64, name = "shop.book", secret);
///
/// invalidate_book(7);
/// let report = gcache::link::report();
/// assert!(report.to_string().contains("shop.book key   all keys, since it is secret"));
/// # #[cfg(feature = "links")]
/// let json = serde_json::to_string(&report).unwrap();
/// # #[cfg(feature = "links")]
/// assert!(json.contains(r#""told":"all keys","reason":"it is secret""#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Sorted by models.
    pub groups: Vec<GroupReport>,
}

/// How others are told of one part of a model: of its members, or of the values of one index.
///
/// `Display` is one line, such as ``shop.film: all keys, since `&str` borrows``.
///
/// ```
/// gcache::group!(Feed: u64, name = "shop.feed", local);
///
/// invalidate_feed(7);
/// let group = &gcache::link::report().groups[0];
/// assert_eq!((group.model, group.part.as_deref(), group.key), ("shop.feed", Some("key"), "u64"));
/// assert_eq!(group.to_string(), "shop.feed: nobody");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupReport {
    /// The name of the model.
    pub model: &'static str,
    /// `key` for the members, otherwise the fields of the index, as in a [`NamedGroup`](super::NamedGroup). None where the
    /// model has no members.
    pub part: Option<Box<str>>,
    /// The type of the key, as the compiler calls it.
    pub key: &'static str,
    /// How.
    pub told: Told,
}

/// How others are told.
///
/// ```
/// use gcache::link::{Told, report};
///
/// gcache::group!(Rates, name = "shop.rates");
///
/// invalidate_rates();
/// assert_eq!(report().groups[0].told, Told::ByName);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// By name, and by the key where there is one: elsewhere ends what has ended here.
    ByName,
    /// By name, without the key: elsewhere all keys end where one does. That is right, and computes more than is needed.
    AllKeys(Reason),
    /// Not at all: the group is local.
    Nobody,
}

/// Why others are told without the key.
///
/// ```
/// use gcache::link::{Reason, Told, report};
///
/// #[derive(Clone, PartialEq, Eq, Hash)]
/// struct Isbn(u64);
///
/// gcache::group!(Book: Isbn, name = "shop.book");
///
/// invalidate_book(Isbn(7));
/// assert_eq!(report().groups[0].told, Told::AllKeys(Reason::NoSerde));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Its type does not implement `Serialize` and `DeserializeOwned` of serde, or gcache is built without the feature `links`.
    NoSerde,
    /// Its type borrows, as `&'static str` does: nobody could read it. A `String` would do.
    Borrows,
    /// The group is secret.
    Secret,
    /// Of some keys that were invalidated here the JSON is `null`, or does not decode to an equal key, or to any. Others are
    /// told.
    NotItself,
}

/// How other processes are told of the groups that this one uses: by their keys, without them and why, or not at all. It says
/// so with or without a [`Link`](super::Link).
///
/// A model is used once one of its groups was depended on or invalidated here. So call it when the program has run for a
/// while.
///
/// ```
/// use gcache::link::{self, Reason, Told};
/// use gcache::{cache_against, group};
///
/// group!(Feed: &'static str, name = "shop.feed");
/// group!(Session: u64, name = "shop.session", local);
///
/// #[cache_against(Feed("rust"), Session(session))]
/// fn page(session: u64) -> String {
///     format!("Hello, {session}")
/// }
///
/// page(7);
/// let report = link::report();
/// assert_eq!(report.groups[0].to_string(), "shop.feed: all keys, since `&str` borrows");
/// assert_eq!(report.groups[0].told, Told::AllKeys(Reason::Borrows));
/// assert_eq!(report.groups[1].to_string(), "shop.session: nobody");
/// ```
pub fn report() -> Report {
    let mut groups = Vec::new();
    registry::models().iter().for_each(|model| model.report(&mut groups));
    // Those of one model stay in their order.
    groups.sort_by_key(|group| group.model);
    Report { groups }
}

impl GroupReport {
    /// Of the part that keys `K` name, of which some `differ` from what is told of them.
    pub(crate) fn of<K>(model: &'static str, part: &Part, codec: &Codec<K>, differ: bool) -> Self {
        let told = match codec {
            Codec::Json { .. } if !differ => Told::ByName,
            Codec::Json { .. } => Told::AllKeys(Reason::NotItself),
            Codec::Unknown => Told::AllKeys(Reason::NoSerde),
            Codec::Borrowed => Told::AllKeys(Reason::Borrows),
            Codec::Secret => Told::AllKeys(Reason::Secret),
            Codec::Local => Told::Nobody,
        };
        let part = part.to_text().map(Into::into);
        Self { model, part, key: std::any::type_name::<K>(), told }
    }

    /// The same, of a model that has no members.
    pub(crate) fn without_members(self) -> Self {
        let told = if self.told == Told::Nobody { Told::Nobody } else { Told::ByName };
        Self { part: None, told, ..self }
    }

    /// How, as a person would say it.
    fn says(&self) -> String {
        match self.told {
            Told::ByName if self.part.is_some() => "by key".to_owned(),
            Told::ByName => "by name".to_owned(),
            Told::AllKeys(reason) => format!("all keys, since {}", reason.says(self.key)),
            Told::Nobody => "nobody".to_owned(),
        }
    }
}

impl Reason {
    pub(super) fn says(self, key: &str) -> String {
        match self {
            Self::NoSerde if cfg!(feature = "links") => {
                format!("`{key}` is not `Serialize` and `DeserializeOwned`")
            }
            Self::NoSerde => "gcache is built without the feature `links`".to_owned(),
            Self::Borrows => format!("`{key}` borrows"),
            Self::Secret => "it is secret".to_owned(),
            Self::NotItself => format!("the JSON of some `{key}` is not that key's alone"),
        }
    }
}

impl fmt::Display for GroupReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model)?;
        match self.part.as_deref() {
            None | Some(super::named::MEMBERS) => {}
            Some(index) => write!(f, " by {index}")?,
        }
        write!(f, ": {}", self.says())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn width<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
            texts.map(|text| text.chars().count()).max().unwrap_or(0).max(5)
        }
        let part = |group: &GroupReport| group.part.clone().unwrap_or_default();
        let parts: Vec<Box<str>> = self.groups.iter().map(part).collect();
        let models = width(self.groups.iter().map(|group| group.model));
        let widest = width(parts.iter().map(|part| &**part));
        write!(f, "{:models$} {:widest$} told", "group", "part")?;
        for (group, part) in self.groups.iter().zip(parts) {
            write!(f, "\n{:models$} {part:widest$} {}", group.model, group.says())?;
        }
        Ok(())
    }
}
