//! `docs/from-django.md` names tests that are there.

use std::path::Path;

const DIRECTORIES: [(&str, &str); 6] = [
    ("axum", "extensions/axum/tests"),
    ("core", "tests"),
    ("filmclub", "examples/filmclub/tests"),
    ("minijinja", "extensions/minijinja/tests"),
    ("runtime", "gcache-runtime/tests"),
    ("sea-orm", "extensions/sea-orm/tests"),
];

#[test]
fn each_test_that_the_guide_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(root.join("docs/from-django.md")).expect("the guide");
    // What stands between backticks.
    let named = guide.split('`').skip(1).step_by(2).filter_map(|code| code.split_once(".rs::"));
    let mut count = 0;
    for (file, test) in named.filter(|(_, test)| *test != "a_test") {
        let (directory, file) = file.split_once('/').expect("a directory and a file");
        let known = DIRECTORIES.iter().find(|(short, _)| *short == directory);
        let (_, directory) = known.unwrap_or_else(|| panic!("`{directory}` is no directory"));
        let path = root.join(directory).join(file).with_extension("rs");
        let source =
            std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
        let is_there = source.contains(&format!("fn {test}("));
        assert!(is_there, "there is no test `{test}` in {}", path.display());
        count += 1;
    }
    assert!(count > 50, "{count} tests are named");
}
