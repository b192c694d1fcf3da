//! Every misuse of a macro, with the message it gets, and what looks odd and is allowed.
//!
//! `TRYBUILD=overwrite cargo test --test ui` writes the messages anew.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/fail/*.rs");
    cases.pass("tests/ui/*/pass/*.rs");
}
