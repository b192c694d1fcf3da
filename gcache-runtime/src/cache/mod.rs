//! The cache: what is stored.

pub(crate) mod buckets;
pub(crate) mod compact_epoch;
pub(crate) mod entry;
pub(crate) mod inlined;
#[cfg_attr(not(gcache_model), path = "moka_policy.rs")]
#[cfg_attr(gcache_model, path = "../../../verify/model_check/store.rs")]
pub(crate) mod kept;
pub(crate) mod local;
pub(crate) mod maintenance;
#[cfg_attr(gcache_model, path = "../../../verify/model_check/map.rs")]
pub(crate) mod map;
pub(crate) mod memo;
pub(crate) mod policy;
pub(crate) mod residents;
pub(crate) mod sweep;
