//! What the macros write for the simplest function.

use crate::table::Figure;
use gcache_tokens::{Case, Subject};
use std::io::Write;
use std::process::{Command, Stdio};

const ATTRIBUTE: &str = "Book, key = id";
const FUNCTION: &str = "fn view_book(id: u64) -> String { format!(\"the page of book {id}\") }";

/// What each name of the runtime begins with: left out, so that the length of a path decides about no line.
const PATH: &str = ":: gcache :: __private :: ";

/// The lines of the expansion, as rustfmt writes them.
pub(crate) fn measure() -> Result<Figure, String> {
    let case = Case::new(Subject::CacheAgainst, ATTRIBUTE, FUNCTION)?;
    let text = formatted(&gcache_tokens::expansion(&case).replace(PATH, ""))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned);
    Ok(Figure::new("expansion of a one-line function, lines", lines.collect()))
}

fn formatted(code: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("rustfmt does not start: {error}");
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=100"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // Dropped, and so closed, at the end of the statement.
    rustfmt
        .stdin
        .take()
        .into_iter()
        .try_for_each(|mut input| input.write_all(code.as_bytes()))
        .map_err(failed)?;
    let output = rustfmt.wait_with_output().map_err(failed)?;
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::measure;

    #[test]
    fn the_function_is_in_its_expansion() {
        let lines = measure().unwrap().items;
        assert!(lines[0].starts_with("fn view_book") && lines.last().unwrap() == "}", "{lines:?}");
    }
}
