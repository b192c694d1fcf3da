//! Many cached functions: each has its own static, its own memo and its own code.

use crate::body;
use gcache::{cache_against, group};
use seq_macro::seq;

group!(Item: u64);

#[cfg(not(feature = "thousand-functions"))]
seq!(N in 0..100 {
    #(
        #[cache_against(Item, key = pk)]
        fn function~N(pk: u64) -> u64 {
            body::number(pk)
        }
    )*

    /// All of them.
    pub(crate) const FUNCTIONS: &[fn(u64) -> u64] = &[#(function~N,)*];
});

#[cfg(feature = "thousand-functions")]
seq!(N in 0..1000 {
    #(
        #[cache_against(Item, key = pk)]
        fn function~N(pk: u64) -> u64 {
            body::number(pk)
        }
    )*

    /// All of them.
    pub(crate) const FUNCTIONS: &[fn(u64) -> u64] = &[#(function~N,)*];
});
