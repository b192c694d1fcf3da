//! What the load reads, writes and invalidates, by number.

/// How many items, owners, shelves and notes there are. Few, and drawn unevenly, so that most calls meet
/// a change.
pub(crate) const ITEMS: u32 = 32;
pub(crate) const OWNERS: u32 = 4;
pub(crate) const SHELVES: u32 = 2;
pub(crate) const NOTES: u32 = 8;

/// How many groups there are.
pub(crate) const GROUPS: usize = (NOTES + ITEMS + OWNERS + OWNERS * SHELVES + 1) as usize;

/// What is read and written: a group of rows, with a version that counts its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Group {
    /// `Note(key)`, which is no model.
    Note(u32),
    /// `Item(id)`
    Item(u32),
    /// `Item(owner = owner)`
    OfOwner(u32),
    /// `Item(owner = owner, shelf = shelf)`
    OfOwnerOnShelf(u32, u32),
    /// `Item`
    Items,
}

impl Group {
    /// Its number, below [`GROUPS`].
    pub(crate) fn number(self) -> usize {
        let number = match self {
            Self::Note(key) => key,
            Self::Item(id) => NOTES + id,
            Self::OfOwner(owner) => NOTES + ITEMS + owner,
            Self::OfOwnerOnShelf(owner, on) => NOTES + ITEMS + OWNERS + owner * SHELVES + on,
            Self::Items => NOTES + ITEMS + OWNERS + OWNERS * SHELVES,
        };
        number as usize
    }

    /// The scope that ends together with all groups of its kind.
    fn family(self) -> Scope {
        match self {
            Self::Note(_) => Scope::AllNotes,
            Self::Item(_) => Scope::AllItems,
            Self::OfOwner(_) => Scope::AllOwners,
            Self::OfOwnerOnShelf(..) => Scope::AllShelves,
            Self::Items => Scope::One(self),
        }
    }
}

/// The cached functions of the load. Each is there twice, sync and async, and cleared as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Note,
    Item,
    OfOwner,
    OfOwnerOnShelf,
    Items,
    /// With a late dependency.
    Card,
    /// Nested two deep.
    Page,
    /// With room for few.
    Small,
    /// With a time to live.
    Brief,
}

impl Function {
    pub(crate) const ALL: [Self; FUNCTIONS] = [
        Self::Note,
        Self::Item,
        Self::OfOwner,
        Self::OfOwnerOnShelf,
        Self::Items,
        Self::Card,
        Self::Page,
        Self::Small,
        Self::Brief,
    ];
}

const FUNCTIONS: usize = 9;

/// What an invalidation or a clearing ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    One(Group),
    AllNotes,
    AllItems,
    AllOwners,
    AllShelves,
    Content(Function),
}

/// How many scopes there are.
pub(crate) const SCOPES: usize = GROUPS + 4 + FUNCTIONS;

impl Scope {
    /// Its number, below [`SCOPES`].
    pub(crate) fn number(self) -> usize {
        match self {
            Self::One(group) => group.number(),
            Self::AllNotes => GROUPS,
            Self::AllItems => GROUPS + 1,
            Self::AllOwners => GROUPS + 2,
            Self::AllShelves => GROUPS + 3,
            Self::Content(function) => GROUPS + 4 + function as usize,
        }
    }

    /// What ends a value that `function` read of `group`.
    pub(crate) fn of(group: Group, function: Function) -> [Self; 3] {
        [Self::One(group), group.family(), Self::Content(function)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_numbered_without_a_gap() {
        let groups = (0..NOTES)
            .map(Group::Note)
            .chain((0..ITEMS).map(Group::Item))
            .chain((0..OWNERS).map(Group::OfOwner))
            .chain(
                (0..OWNERS * SHELVES)
                    .map(|pair| Group::OfOwnerOnShelf(pair / SHELVES, pair % SHELVES)),
            )
            .chain([Group::Items]);
        let families = [Scope::AllNotes, Scope::AllItems, Scope::AllOwners, Scope::AllShelves];
        let contents = [Scope::Content(Function::Note), Scope::Content(Function::Brief)];
        let numbers: Vec<usize> =
            groups.map(Scope::One).chain(families).map(Scope::number).collect();
        assert_eq!(numbers, (0..GROUPS + 4).collect::<Vec<_>>());
        assert_eq!(contents.map(Scope::number), [GROUPS + 4, SCOPES - 1]);
    }
}
