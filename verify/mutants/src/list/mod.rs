//! The mutants: at least one for each rule that a promise rests on.

mod changes;
mod doubts;
mod flights;
mod generations;
mod links;
mod reads;
mod sweeps;
mod transactions;
mod values;

use crate::mutant::{Edit, Mutant};

/// All mutants.
pub(crate) fn all() -> impl Iterator<Item = &'static Mutant> {
    let lists = [
        generations::LIST,
        flights::LIST,
        reads::LIST,
        sweeps::LIST,
        changes::LIST,
        transactions::LIST,
        doubts::LIST,
        links::LIST,
        values::LIST,
    ];
    lists.into_iter().flatten()
}

/// A mutant of one edit or more.
const fn mutant(promise: u8, name: &'static str, edits: &'static [Edit]) -> Mutant {
    Mutant { name, promise, edits }
}

/// Another text after a marker.
const fn edit(marker: &'static str, old: &'static str, new: &'static str) -> Edit {
    Edit { marker, old, new }
}
