//! The pages of the repository's `docs/` that are about the use of gcache.
//!
//! The repository also has `docs/reliability.md` (how each promise is tested), `docs/performance.md` (what gcache costs
//! beside its peers), `docs/several-machines.md`, the crates for frameworks and databases in `extensions/`, each with its
//! README, and whole programs in `examples/`.
//!
//! This module exists in the documentation only.

// The pages link to each other as files. Of several definitions of a link the first counts, so those above a page lead
// to the modules of this one.

/// [dropped]: dropped_requests
/// [per group]: recipes_axum#one-page-per-customer-group
/// [recipes-axum]: recipes_axum
/// [recipes-diesel]: recipes_diesel
/// [recipes-sea-orm]: crate::guide
#[doc = include_str!("../docs/recipes.md")]
pub mod recipes {}

/// [dropped]: dropped_requests
/// [recipes]: recipes
/// [why miss]: recipes#why-did-a-call-miss
#[cfg(not(doctest))] // its code is compiled with gcache-axum
#[doc = include_str!("../docs/recipes-axum.md")]
pub mod recipes_axum {}

/// [which call]: recipes#which-call-goes-with-which-write
#[cfg(not(doctest))] // its code is compiled with Diesel, in tests/crates/diesel
#[doc = include_str!("../docs/recipes-diesel.md")]
pub mod recipes_diesel {}

#[doc = include_str!("../docs/deadlocks.md")]
pub mod deadlocks {}

#[cfg(not(doctest))] // its code is compiled with gcache-axum
#[doc = include_str!("../docs/dropped-requests.md")]
pub mod dropped_requests {}

#[doc = include_str!("../docs/from-django.md")]
pub mod from_django {}

/// [readme]: crate
/// [reliability]: crate::guide
#[doc = include_str!("../docs/design.md")]
pub mod design {}
