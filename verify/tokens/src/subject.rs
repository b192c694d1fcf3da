//! The macros under test.

use crate::case::Case;
use crate::tree::to_stream;
use crate::{cached, declare, depends, derive, list, mutation};
use proc_macro2::TokenStream;

/// A macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `#[cache_against(…)]`
    CacheAgainst,
    /// `#[invalidates(…)]`
    Invalidates,
    /// `#[derive(Invalidates)]`
    Derive,
    /// `#[derive(Depends)]`
    Depends,
    /// `group!(…)`
    Group,
    /// `invalidate!(…)`
    Invalidate,
    /// `depends_on!(…)`
    DependsOn,
}

impl Subject {
    /// Every macro.
    pub const ALL: [Self; 7] = [
        Self::CacheAgainst,
        Self::Invalidates,
        Self::Derive,
        Self::Depends,
        Self::Group,
        Self::Invalidate,
        Self::DependsOn,
    ];

    /// The macro's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CacheAgainst => "cache_against",
            Self::Invalidates => "invalidates",
            Self::Derive => "derive",
            Self::Depends => "depends",
            Self::Group => "group",
            Self::Invalidate => "invalidate",
            Self::DependsOn => "depends_on",
        }
    }

    /// Whether it has arguments beside the item that it stands on.
    pub const fn is_attribute(self) -> bool {
        matches!(self, Self::CacheAgainst | Self::Invalidates)
    }
}

/// What the macro makes of the input.
pub(crate) fn expand(case: &Case) -> TokenStream {
    let (attribute, item) = (to_stream(&case.attribute), to_stream(&case.item));
    match case.subject {
        Subject::CacheAgainst => cached::cache_against(attribute, &item),
        Subject::Invalidates => mutation::invalidates(attribute, &item),
        Subject::Derive => derive::invalidates(item),
        Subject::Depends => depends::depends(item),
        Subject::Group => declare::group(item),
        Subject::Invalidate => list::invalidate(item),
        Subject::DependsOn => list::depends_on(item),
    }
}
