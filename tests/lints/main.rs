//! What the macros write is clean under every lint that a user may have set.
//!
//! Compiled by the compiler and by clippy: `cargo clippy --all-targets` looks at these files.
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
// Of these files, and not of what the macros write.
#![allow(clippy::unused_async, reason = "the shortest async functions await nothing")]

pub mod cached;
pub mod mutations;
// One line is what it is about.
#[rustfmt::skip]
pub mod one_line;

use gcache::{Invalidated, Invalidates, Tag, group, invalidate};

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

impl Rates {
    /// A user's own, beside what the macro writes.
    const CURRENCY: &'static str = "EUR";
}

/// Groups that are listed, and what becomes of it.
#[must_use]
pub fn end(pk: u64, title: &str) -> [Invalidated; 2] {
    [invalidate!(Book(pk), Book(author = pk), Feed(title)), invalidate!(Rates, "tag", Tag(title))]
}

const fn sent<F: Future + Send>(future: F) -> F {
    future
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
