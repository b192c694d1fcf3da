//! The README shows the quickstart example as it is.

#[test]
fn the_first_code_block_is_the_quickstart_example() {
    let readme = include_str!("../README.md");
    let (_, code) = readme.split_once("```rust\n").expect("the README has Rust code");
    let (code, _) = code.split_once("```").expect("the code ends");
    let example = include_str!("../examples/quickstart.rs");
    let (_docs, example) = example.split_once("\n\n").expect("docs come before the code");
    assert_eq!(code, example);
}
