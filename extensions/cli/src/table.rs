//! Tables that a person likes to read: no lines between rows, a little room between columns.

use comfy_table::{Table, presets};

/// A table without a frame.
pub(crate) fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

/// The table as text, without the blanks around lines.
pub(crate) fn text(table: &Table) -> String {
    table.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

/// A number with commas: 47,726.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        assert_eq!(
            [0, 999, 1_000, 47_726, 1_234_567].map(number),
            ["0", "999", "1,000", "47,726", "1,234,567"]
        );
    }
}
