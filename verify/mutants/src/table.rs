//! The table: mutant by checker.

use crate::checker::{Checker, Verdict};
use crate::mutant::Mutant;
use comfy_table::{Table, presets};

/// Draws the table, as Markdown.
pub(crate) fn draw(checkers: &[Checker], rows: &[(&Mutant, Vec<Verdict>)]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let names = checkers.iter().map(ToString::to_string);
    table.set_header(["what is broken".to_owned(), "promise".to_owned()].into_iter().chain(names));
    for (mutant, verdicts) in rows {
        let verdicts = verdicts.iter().map(ToString::to_string);
        let mutant = [mutant.name.to_owned(), mutant.promise.to_string()];
        table.add_row(mutant.into_iter().chain(verdicts));
    }
    table
}
