//! `#[cache_against]` in all its forms.

use crate::{Book, Feed, Line, News, Page, Rates, sent};
use gcache::{DependsOn, Tag, cache_against, depends_on};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::future::ready;
use std::hash::Hash;
use std::num::ParseIntError;
use std::sync::Arc;
use std::time::Duration;

/// A connection, which is a means.
#[derive(Debug)]
pub struct Db {
    /// What matters of it.
    pub tenant: u64,
}

const MANY: u64 = 100;
const LONG: Duration = Duration::from_secs(60);

/// One member, by an option.
#[cache_against(Book, key = pk, skip(db))]
pub fn by_option(db: &Db, pk: u64) -> String {
    format!("{db:?} {pk}")
}

/// All kinds of groups.
#[cache_against(
    Book,
    Book(pk),
    Book(author = pk),
    Book(author = pk, status = 1),
    Book(status = 1),
    Line(pk, "pen"),
    Page(pk),
    Feed("news"),
    Feed(title),
    Rates,
    News(&pk),
    "tag",
    Tag(format!("tag {pk}"))
)]
pub fn groups(pk: u64, title: &str) -> String {
    format!("{pk} {title}")
}

/// All options.
#[cache_against(
    Book(pk),
    skip(db),
    by(pk, title),
    ttl = "90s",
    idle = LONG,
    patience = "10s",
    capacity = MANY,
    cache_if = is_long,
    bypass = title.is_empty(),
    name = "lints.options"
)]
pub fn options(db: &Db, pk: u64, title: &str) -> String {
    format!("{db:?} {pk} {title}")
}

/// Waits as long as it takes.
#[cache_against(Book(pk), patience = "off")]
pub fn patient(pk: u64) -> String {
    pk.to_string()
}

/// Bounded by weight.
#[cache_against(Book(pk), max_weight = 1_000, weigh = String::len)]
pub fn weight(pk: u64) -> String {
    pk.to_string()
}

/// Options that are closures.
#[cache_against(
    Book(pk),
    max_weight = 1_000,
    weigh = |page: &String| page.len(),
    cache_if = |page: &String| page.is_ascii()
)]
pub fn closures(pk: u64) -> String {
    pk.to_string()
}

const fn is_long(page: &str) -> bool {
    page.len() > 10
}

/// The rows that it returns.
#[cache_against(Book, results)]
pub fn rows(author: u64) -> Vec<Book> {
    vec![Book { id: 7, author, status: 1, title: String::new() }]
}

/// References only.
#[cache_against(Book, by(title, tags))]
pub fn by_references(title: &str, tags: &[String]) -> usize {
    title.len() + tags.len()
}

/// Values and parts of values.
#[cache_against(Book(page.0), by(page.0, page.1.len(), &title))]
pub fn by_values(page: &(u64, String), title: Arc<str>) -> usize {
    drop(title);
    page.1.len()
}

/// A pattern.
#[cache_against(Book(pk), by(pk, number))]
pub fn pattern((pk, number): (u64, u64)) -> u64 {
    pk + number
}

/// Nothing is a parameter.
#[cache_against(Book)]
pub fn no_parameters() -> &'static str {
    "nothing"
}

/// Nothing is returned.
#[cache_against(Book(pk))]
pub fn nothing_returned(pk: u64) {
    drop(pk.to_string());
}

/// What `?` and `return` leave.
///
/// # Errors
///
/// Of a text that is no number.
#[cache_against(Book(author = u64::from(text.is_empty())))]
pub fn fallible(text: &str) -> Result<u64, Box<dyn Error>> {
    if text.is_empty() {
        return Ok(0);
    }
    let number: u64 = text.parse()?;
    Ok(number)
}

/// Errors are stored too.
///
/// # Errors
///
/// Always.
#[cache_against(Book(pk), cache_err)]
pub fn errors(pk: u64) -> Result<u64, String> {
    Err(pk.to_string())
}

/// Owned parameters that the body takes.
#[cache_against(Book, Feed(&title))]
pub fn owned(title: String, tags: Vec<String>) -> (String, Vec<String>) {
    (title, tags)
}

/// A parameter that the body changes.
#[cache_against(Book(pk))]
pub fn changed(mut pk: u64) -> u64 {
    pk += 1;
    pk
}

/// Type parameters.
#[cache_against(Book)]
pub fn generic<K, V>(key: K) -> Vec<V>
where
    K: Clone + Eq + Hash + Send + Sync + Display + 'static,
    V: Clone + Send + Sync + From<String> + 'static,
{
    vec![key.to_string().into()]
}

/// Lifetimes that are named.
#[cache_against(Book)]
pub fn lifetimes<'a>(first: &'a str, second: &'a [&'static str]) -> usize {
    let either: [&'a str; 2] = [first, second[0]];
    either.concat().len()
}

/// A later value.
#[cache_against(Book(pk), skip(db))]
pub async fn later(db: &Db, pk: u64) -> String {
    ready(()).await;
    format!("{db:?} {pk}")
}

/// Later, nothing.
#[cache_against(Book(pk))]
pub async fn later_nothing(pk: u64) {
    nothing_returned(pk);
    ready(()).await;
}

/// What `?` and `return` leave later.
///
/// # Errors
///
/// Of a text that is no number.
#[cache_against(Book, by(text))]
pub async fn later_fallible(text: &str) -> Result<u64, ParseIntError> {
    if text.is_empty() {
        return Ok(0);
    }
    let number: u64 = ready(text.parse()).await?;
    Ok(number)
}

/// Attributes are kept.
#[must_use]
#[inline]
#[cache_against(Book(pk))]
pub fn attributes(pk: u64) -> u64 {
    pk
}

impl Db {
    /// The receiver is skipped.
    #[cache_against(Book(pk), skip(self))]
    pub fn skipped(&self, pk: u64) -> u64 {
        self.tenant + pk
    }

    /// A field of the receiver.
    #[cache_against(Book(pk), Book(self.tenant), by(self.tenant, pk))]
    #[must_use]
    pub fn field(&self, pk: u64) -> u64 {
        self.tenant + pk
    }

    /// The receiver is only a means.
    #[cache_against(Book(pk), skip(self))]
    pub fn means(&mut self, pk: u64) -> u64 {
        self.tenant += 1;
        pk
    }

    /// Associated.
    #[cache_against(Book(tenant))]
    #[must_use]
    pub fn open(tenant: u64) -> Arc<Self> {
        Arc::new(Self { tenant })
    }

    /// Later.
    #[cache_against(Book(pk), by(self.tenant, pk))]
    pub async fn later(&self, pk: u64) -> u64 {
        ready(self.tenant + pk).await
    }
}

/// Found on the way.
#[cache_against(Book(pk))]
pub fn on_the_way(pk: u64) -> bool {
    let noted = depends_on!(News(pk), Feed("news"), "tag");
    noted == DependsOn::Noted
}

/// A trait with a cached method.
pub trait Library: Debug {
    /// What tells libraries apart.
    fn name(&self) -> String;

    /// Cached.
    #[cache_against(Book(pk), by(self.name(), pk))]
    fn title(&self, pk: u64) -> String {
        format!("{} {pk}", self.name())
    }
}

impl Library for Db {
    #[cache_against(Book, by(self.tenant))]
    fn name(&self) -> String {
        self.tenant.to_string()
    }
}

#[test]
fn expansions_of_cached_functions_are_free_of_warnings() {
    let db = Db::open(1);
    assert_eq!(groups(7, "a"), "7 a");
    assert_eq!(by_option(&db, 7), by_option(&db, 7));
    assert_eq!(options(&db, 7, "a"), options(&db, 7, "a"));
    assert_eq!(weight(7), closures(7));
    assert_eq!(
        rows(3).len() + by_references("a", &[]) + by_values(&(1, String::new()), "".into()),
        2
    );
    assert_eq!(pattern((7, 1)) + changed(7) + attributes(7), 23);
    assert_eq!(no_parameters().len() + lifetimes("a", &["b"]), 9);
    assert_eq!(fallible("7").ok(), Some(7));
    assert_eq!(errors(7), Err(String::from("7")));
    assert_eq!(owned(String::from("a"), Vec::new()).0, "a");
    assert_eq!(generic::<_, String>(7u64), ["7"]);
    assert_eq!(db.skipped(7) + db.field(7), 16);
    assert_eq!(Db { tenant: 1 }.means(7), 7);
    assert_eq!(db.title(7), "1 7");
    nothing_returned(7);
    pollster::block_on(sent(async {
        assert_eq!(later(&db, 7).await, later(&db, 7).await);
        assert_eq!(later_fallible("7").await, Ok(7));
        assert_eq!(db.later(7).await, 8);
        later_nothing(7).await;
    }));
}
