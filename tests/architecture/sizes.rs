//! How long a file may be.

use crate::hold;
use crate::repository::Repository;

/// The most lines of a Rust file. `docs/` and `CONTRIBUTING.md` state it.
const MOST_LINES: usize = 400;

#[test]
fn no_rust_file_is_longer_than_400_lines() {
    let long = Repository::here().texts(".rs").filter_map(|(path, text)| {
        let lines = text.lines().count();
        (lines > MOST_LINES).then(|| format!("{path}: {lines} lines"))
    });
    hold("these files hold more than one idea", long);
}
