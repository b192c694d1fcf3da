//! What the memo of a layer keeps, and what that weighs.

use crate::page::Page;
use crate::vary::PageKey;

/// What the memo keeps: a page, or, for those only who waited for it, that there is none.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) page: Option<Page>,
    weight: usize,
}

/// What the runtime keeps of an entry beside key and value, in bytes: its places in two maps and in the store, and
/// what it depends on. `tests/weight.rs` measures it.
const ENTRY: usize = 500;

/// What the runtime keeps of a group that the path names, which may be of one entry alone: its generation, and its place
/// in a map, beside its key.
const GROUP: usize = 300;

impl Kept {
    /// A page with its key, whose path names so many of the groups that it depends on.
    pub(crate) fn page(page: Page, key: &PageKey, named: usize) -> Self {
        // A group's key is about as long as what it is made of.
        let groups = named * (GROUP + key.route.named());
        let weight = ENTRY + groups + key.weight() + page.weight();
        Self { page: Some(page), weight }
    }

    /// No page: it is not kept.
    pub(crate) fn none() -> Self {
        Self { page: None, weight: 0 }
    }

    pub(crate) fn weight(&self) -> usize {
        self.weight
    }
}
