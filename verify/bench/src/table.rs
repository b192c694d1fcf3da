//! Tables for a terminal, or for a page of markdown.

use comfy_table::presets::{ASCII_MARKDOWN, NOTHING};
use comfy_table::{CellAlignment, Table};
pub(crate) use gcache_plot::grouped;

/// A table whose first column is text and whose others are numbers.
pub(crate) struct Rows {
    table: Table,
}

impl Rows {
    /// An empty table.
    pub(crate) fn new(markdown: bool, header: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_style(if markdown { ASCII_MARKDOWN } else { NOTHING });
        table.set_header(header);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        Self { table }
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, cells: impl IntoIterator<Item = String>) {
        self.table.add_row(cells.into_iter().collect::<Vec<_>>());
    }
}

impl std::fmt::Display for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.table.to_string().trim_end())
    }
}

/// A number with about three figures: `8.83`, `47.1`, `2,606`.
pub(crate) fn figure(number: f64) -> String {
    match number.abs() {
        n if n < 9.995 => format!("{number:.2}"),
        n if n < 99.95 => format!("{number:.1}"),
        _ => grouped(number),
    }
}

#[cfg(test)]
mod tests {
    use super::{Rows, figure};

    #[test]
    fn figures_have_about_three_digits() {
        let figures = [0.0, 8.834, 9.996, 47.12, 99.96, 2_606.4, -23.67].map(figure);
        assert_eq!(figures, ["0.00", "8.83", "10.0", "47.1", "100", "2,606", "-23.7"]);
    }

    #[test]
    fn markdown_has_a_rule_and_aligns_numbers() {
        let mut rows = Rows::new(true, &["who", "ns"]);
        rows.line(["gcache".to_owned(), "8.83".to_owned()]);
        let text = rows.to_string();
        assert!(text.contains("| gcache | 8.83 |"), "{text}");
        assert!(text.contains("|--------|"), "{text}");
    }
}
