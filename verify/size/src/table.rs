//! The table that is printed.

use std::fmt;

/// A figure, and what is counted in it.
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) count: usize,
    pub(crate) items: Vec<String>,
}

impl Figure {
    pub(crate) fn new(name: &str, items: Vec<String>) -> Self {
        Self { name: name.to_owned(), count: items.len(), items }
    }
}

pub(crate) struct Table {
    verbose: bool,
    figures: Vec<Figure>,
}

impl Table {
    pub(crate) fn new(verbose: bool) -> Self {
        Self { verbose, figures: Vec::new() }
    }
}

impl Extend<Figure> for Table {
    fn extend<I: IntoIterator<Item = Figure>>(&mut self, figures: I) {
        self.figures.extend(figures);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for figure in self.figures.iter().filter(|_| self.verbose) {
            writeln!(f, "{}:\n    {}\n", figure.name, figure.items.join("\n    "))?;
        }
        writeln!(f, "| size | count |\n| --- | --: |")?;
        for Figure { name, count, .. } in &self.figures {
            writeln!(f, "| {name} | {count} |")?;
        }
        Ok(())
    }
}
