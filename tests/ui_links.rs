//! Misuse of what needs the feature `links`, as `ui.rs` has the rest.
//!
//! `TRYBUILD=overwrite cargo test --features links --test ui_links` writes the messages anew.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui_links/fail/*.rs");
    cases.pass("tests/ui_links/pass/*.rs");
}
