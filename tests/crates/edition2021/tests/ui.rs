//! What the macros write compiles in the edition of 2021, too: every case of `tests/ui`, and what is
//! of that edition only.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/*.rs");
    cases.pass("../../ui/*/pass/*.rs");
}
