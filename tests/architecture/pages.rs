//! The parts of a Markdown page that rules look at.

use crate::repository::Repository;

/// The lines of the first table whose first column has this head, cell by cell, without the head.
pub(crate) fn table(repository: &Repository, page: &str, head: &str) -> Vec<Vec<String>> {
    let text = repository.text(page);
    let rows = text.lines().skip_while(|line| cells(line).first().is_none_or(|cell| cell != head));
    let rows: Vec<_> = rows.skip(2).take_while(|line| line.starts_with('|')).map(cells).collect();
    assert!(!rows.is_empty(), "{page} has no table whose first column is `{head}`");
    rows
}

fn cells(line: &str) -> Vec<String> {
    let Some(inner) = line.trim().strip_prefix('|') else { return Vec::new() };
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The text of a page without its blocks of code. What is in backticks is left out, but for the backticks.
pub(crate) fn without_code(text: &str) -> String {
    let text = without_blocks(text);
    text.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "`" }).collect()
}

/// What stands in backticks outside of blocks of code.
pub(crate) fn spans(text: &str) -> Vec<String> {
    let text = without_blocks(text);
    // Backticks pair up within a paragraph: a stray one spoils no more than that.
    let paragraphs = text.split("\n\n");
    let spans = paragraphs.flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2));
    spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn without_blocks(text: &str) -> String {
    let mut in_code = false;
    let mut kept = String::new();
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        if !in_code && !fence {
            kept += line;
        }
        kept.push('\n');
    }
    kept
}

/// The pages for readers, with their texts.
pub(crate) fn pages(repository: &Repository) -> impl Iterator<Item = (&str, String)> {
    repository.texts(".md").filter(|(path, _)| !path.starts_with("findings/"))
}

#[test]
fn cells_are_trimmed() {
    assert_eq!(cells("| `a` | b |"), ["`a`", "b"]);
    assert_eq!(cells("no table"), Vec::<String>::new());
}

#[test]
fn code_is_told_from_prose() {
    let text = "a `b\nc` d\n```rust\n`e`\n```\n\n`f`";
    assert_eq!(spans(text), ["b c", "f"]);
    assert_eq!(without_code(text), "a ` d\n\n\n\n\n`\n");
}
