//! Where a generation is, by a name that is the same in all processes.

use super::named::{NamedGroup, Part};

/// The bit of a link that covers all groups. The others cover groups with a table.
pub(super) const COVERS_ALL: u8 = 1;

/// Where the generations of one part of a model are. Nobody is told of what has none, such as a memo's content.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    model: &'static str,
    part: Part,
    /// Which links cover it, as a mask.
    links: u8,
}

impl Address {
    /// Of what nobody else knows.
    pub(crate) const NONE: Self = Self { model: "", part: Part::Whole, links: 0 };

    /// Of a part of a model that is `shared` with other processes, and has a table or not.
    pub(crate) const fn new(
        model: &'static str,
        part: Part,
        shared: bool,
        has_table: bool,
    ) -> Self {
        let links = match (shared, has_table) {
            (false, _) => 0,
            (true, false) => COVERS_ALL,
            // mutant: table-not-covered
            (true, true) => u8::MAX,
        };
        Self { model, part, links }
    }

    /// Which links cover it, as a mask.
    pub(crate) fn links(&self) -> u8 {
        self.links
    }

    pub(crate) fn part(&self) -> &Part {
        &self.part
    }

    /// What others are told where it is invalidated for a `key`, or for all keys.
    pub(crate) fn named(&self, key: Option<Box<str>>) -> Option<NamedGroup> {
        (self.links != 0).then(|| NamedGroup::new(self.model, self.part.clone(), key))
    }
}
