//! What the macros write is clean under every lint that a user may have set.
//!
//! Compiled by the compiler and by clippy: `cargo clippy --all-targets` looks at this file.
#![deny(warnings, missing_docs, unused, future_incompatible, rust_2018_idioms)]
#![deny(elided_lifetimes_in_paths, explicit_outlives_requirements, let_underscore_drop)]
#![deny(meta_variable_misuse, missing_debug_implementations)]
#![deny(non_ascii_idents, redundant_imports, redundant_lifetimes, single_use_lifetimes)]
#![deny(trivial_casts, trivial_numeric_casts, unit_bindings, unnameable_types, unreachable_pub)]
#![deny(unsafe_code, unused_import_braces, unused_lifetimes, unused_qualifications)]
#![deny(unused_results, variant_size_differences)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
// Lints that some projects choose to set.
#![deny(clippy::as_conversions, clippy::default_numeric_fallback, clippy::expect_used)]
#![deny(clippy::float_arithmetic, clippy::let_underscore_untyped, clippy::panic)]
#![deny(clippy::mod_module_files, clippy::pattern_type_mismatch, clippy::print_stdout)]
#![deny(clippy::shadow_reuse, clippy::shadow_same, clippy::shadow_unrelated)]
#![deny(clippy::str_to_string, clippy::unwrap_used, clippy::wildcard_enum_match_arm)]
#![deny(clippy::clone_on_ref_ptr, clippy::allow_attributes_without_reason)]
#![deny(clippy::absolute_paths, clippy::alloc_instead_of_core, clippy::assertions_on_result_states)]
#![deny(
    clippy::cognitive_complexity,
    clippy::create_dir,
    clippy::dbg_macro,
    clippy::else_if_without_else
)]
#![deny(clippy::empty_drop, clippy::empty_enum_variants_with_brackets, clippy::exhaustive_enums)]
#![deny(
    clippy::error_impl_error,
    clippy::field_scoped_visibility_modifiers,
    clippy::fn_to_numeric_cast_any
)]
#![deny(clippy::get_unwrap, clippy::if_then_some_else_none, clippy::impl_trait_in_params)]
#![deny(clippy::infinite_loop, clippy::integer_division, clippy::iter_over_hash_type)]
#![deny(clippy::let_underscore_must_use, clippy::map_err_ignore, clippy::mem_forget)]
#![deny(clippy::missing_assert_message, clippy::missing_docs_in_private_items)]
#![deny(clippy::mixed_read_write_in_expression, clippy::multiple_inherent_impl)]
#![deny(clippy::multiple_unsafe_ops_per_block, clippy::mutex_atomic, clippy::needless_raw_strings)]
#![deny(clippy::non_zero_suggestions, clippy::option_option, clippy::panic_in_result_fn)]
#![deny(
    clippy::partial_pub_fields,
    clippy::pub_without_shorthand,
    clippy::redundant_type_annotations
)]
#![deny(
    clippy::ref_patterns,
    clippy::renamed_function_params,
    clippy::rest_pat_in_fully_bound_structs
)]
#![deny(clippy::return_and_then, clippy::same_name_method, clippy::self_named_module_files)]
#![deny(clippy::semicolon_outside_block, clippy::separated_literal_suffix, clippy::string_add)]
#![deny(clippy::string_slice, clippy::todo, clippy::try_err, clippy::undocumented_unsafe_blocks)]
#![deny(clippy::unimplemented, clippy::unnecessary_safety_doc, clippy::unneeded_field_pattern)]
#![deny(clippy::unreachable, clippy::unused_result_ok, clippy::unused_trait_names)]
#![deny(clippy::unwrap_in_result, clippy::use_debug, clippy::verbose_file_reads)]
// Of this file, and not of what the macros write.
#![allow(clippy::unused_async, reason = "the shortest async functions await nothing")]

use gcache::{Bumped, Invalidates, Tag, cache_against, depends_on, group, invalidate, invalidates};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::future::ready;
use std::hash::Hash;
use std::num::ParseIntError;
use std::sync::Arc;
use std::time::Duration;

/// A model with a key, and indexes of one field and of several.
#[derive(Clone, Debug, Invalidates)]
#[group(name = "lints.book", index(author, status))]
pub struct Book {
    /// The key.
    pub id: u64,
    /// An index.
    #[group(index)]
    pub author: u64,
    /// In the compound index, and one of its own.
    #[group(index)]
    pub status: u8,
    /// In none.
    pub title: String,
}

/// A model with a compound key.
#[derive(Debug, Invalidates)]
struct Line {
    #[group(key)]
    order: u64,
    #[group(key)]
    product: String,
}

/// A model without helpers.
#[derive(Debug, Invalidates)]
#[group(no_helpers)]
struct Page {
    id: u64,
}

group!(pub Feed: String);
group!(pub(crate) Rates);

group! {
    /// With docs of its own.
    #[derive(Clone, Copy)]
    News: u64
}

/// A connection, which is a means.
#[derive(Debug)]
pub struct Db {
    /// What matters of it.
    pub tenant: u64,
}

const MANY: usize = 100;
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
    capacity = MANY,
    cache_if = is_long,
    bypass = title.is_empty(),
    name = "lints.options"
)]
pub fn options(db: &Db, pk: u64, title: &str) -> String {
    format!("{db:?} {pk} {title}")
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

impl Rates {
    /// A user's own, beside what the macro writes.
    const CURRENCY: &'static str = "EUR";
}

#[invalidates]
impl Book {
    /// What a book may change.
    pub const FIELDS: usize = 3;

    /// Nothing is returned.
    pub fn rename(&mut self, title: &str) {
        self.title.clear();
        self.title.push_str(title);
    }

    /// Something is returned, and `?` leaves.
    ///
    /// # Errors
    ///
    /// Of a text that is no number.
    pub fn give(&mut self, author: &str) -> Result<u64, ParseIntError> {
        if author.is_empty() {
            return Ok(self.author);
        }
        self.author = author.parse()?;
        Ok(self.author)
    }

    /// Later.
    pub async fn lend<T: Display + Send + Sync>(&mut self, to: &T) -> Option<String> {
        self.status = ready(2).await;
        Some(to.to_string())
    }

    /// Changes nothing.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.status == 0
    }
}

impl Line {
    /// What it was at entry.
    #[invalidates]
    fn ship(&self) -> u64 {
        self.order
    }

    /// By value.
    #[invalidates(Line(self.order, &self.product), "lines")]
    fn drop_it(self) -> String {
        self.product
    }
}

/// Groups that are named.
#[invalidates(Book(pk), Book(author = pk, status = 1), Feed(title), Rates, "tag")]
pub fn named(pk: u64, title: &str) -> usize {
    title.len()
}

/// Later.
#[invalidates(Book, key = pk, News(pk))]
pub async fn named_later(pk: u64) {
    ready(()).await;
}

/// Rows that are returned.
///
/// # Errors
///
/// Of a title that is empty.
#[invalidates(result, "shelf")]
pub fn insert(title: &str) -> Result<Vec<Book>, Box<dyn Error>> {
    let first = title.chars().next().ok_or("no title")?;
    Ok(vec![Book { id: 8, author: 3, status: 1, title: first.to_string() }])
}

/// Rows that are returned later.
#[invalidates(result)]
pub async fn insert_later(id: u64) -> Option<(Book, Book)> {
    let book = Book { id, author: 3, status: 1, title: String::new() };
    ready(Some((book.clone(), book))).await
}

/// Groups that are listed, and what becomes of it.
#[must_use]
pub fn end(pk: u64, title: &str) -> [Bumped; 2] {
    [invalidate!(Book(pk), Book(author = pk), Feed(title)), invalidate!(Rates, "tag", Tag(title))]
}

/// Found on the way.
#[cache_against(Book(pk))]
pub fn on_the_way(pk: u64) -> bool {
    let noted = depends_on!(News(pk), Feed("news"), "tag");
    noted == gcache::DependsOn::Noted
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

const fn sent<F: Future + Send>(future: F) -> F {
    future
}

#[test]
fn what_the_macros_write_is_clean() {
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

#[test]
fn mutations_are_clean() {
    let mut book = insert("A title").unwrap_or_default().remove(0);
    book.rename("Another");
    assert_eq!(book.give("7"), Ok(7));
    assert!(!book.is_free() && on_the_way(7) && Book::FIELDS == 3);
    let line = Line { order: 7, product: String::from("pen") };
    assert_eq!((line.ship(), line.drop_it()), (7, String::from("pen")));
    assert_eq!(named(7, Rates::CURRENCY), 3);
    pollster::block_on(sent(async {
        assert_eq!(book.lend(&7u64).await.as_deref(), Some("7"));
        assert!(insert_later(7).await.is_some());
        named_later(7).await;
    }));
    assert_eq!(end(7, "abc").len(), 2);
}

#[test]
fn helpers_are_clean() {
    let line = Line { order: 7, product: String::from("pen") };
    let page = Page { id: 7 };
    let ended = [
        invalidate_book(7),
        invalidate_book_by_author(7),
        invalidate_book_by_author_and_status(7, 1),
        invalidate_book_by_status(1),
        invalidate_line(line.order, &line.product),
        invalidate_feed("news"),
        invalidate_rates(),
        invalidate_news(page.id),
        News::invalidate_all(),
        Book::invalidate_all(),
        page.invalidate(),
        line.invalidate(),
    ];
    assert_eq!(ended.len(), 12);
}
