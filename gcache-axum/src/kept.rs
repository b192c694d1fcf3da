//! What the memo of a layer keeps, and what that weighs.

use crate::page::Page;
use crate::vary::PageKey;
use gcache_runtime::GroupList;

/// What the memo keeps: a page, or, for those only who waited for it, that there is none.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) page: Option<Page>,
    weight: usize,
}

/// What the runtime keeps of an entry beside key and value, in bytes: its places in two maps and in the store, and
/// what it depends on. `tests/weight.rs` measures it.
const ENTRY: usize = 500;

/// What the runtime keeps of a group that an entry depends on, which may be the only one to do so: its key and its
/// generation, and their place in a map.
const GROUP: usize = 300;

impl Kept {
    /// A page with its key, which depends on `groups`.
    pub(crate) fn page(page: Page, key: &PageKey, groups: &GroupList) -> Self {
        let weight = ENTRY + groups.len() * GROUP + key.weight() + page.weight();
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
