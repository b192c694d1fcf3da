//! What keeps values that processes share.

use crate::links::NamedGroup;
use crate::sync::Mutex;
use std::pin::Pin;
use std::time::Duration;

/// Where the processes of a program share values: `gcache-redis` has one.
///
/// No method blocks, and no future waits, longer than the budget that the store keeps for itself. Whatever fails is a
/// [`Found::Nothing`]: the body runs.
pub trait SharedStore: Send + Sync {
    /// Looks for a value.
    fn look_up(&self, request: Request) -> Pin<Box<dyn Future<Output = Found> + Send + '_>>;

    /// The same, of a function that is not async.
    fn look_up_blocking(&self, request: Request) -> Found;
}

/// Which value is looked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The function, with all that tells its values from those of another version of it.
    pub function: &'static str,
    /// Says the same as `function` in 16 bytes.
    pub fingerprint: [u8; 16],
    /// Whether the arguments may not be written in clear.
    pub secret: bool,
    /// The memo key, encoded.
    pub arguments: Vec<u8>,
    /// The groups that are known before the body runs.
    pub groups: Vec<NamedGroup>,
    /// How long a value may be kept.
    pub ttl: Duration,
}

/// What a store has of a value.
pub enum Found {
    /// The value: none of its groups was invalidated after its computation began.
    Value(SharedValue),
    /// None. This call computes it for all.
    Compute(Box<dyn Computing>),
    /// None, and this call's is for itself.
    Nothing,
}

/// A value as it is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedValue {
    /// The value, encoded.
    pub bytes: Vec<u8>,
    /// All groups that it depends on.
    pub groups: Vec<NamedGroup>,
    /// How long it may be kept from now on.
    pub ttl: Duration,
}

/// A computation for all processes. Begun before the body runs; dropped without a value, it lets another process compute.
pub trait Computing: Send {
    /// Shares the value. Never blocks.
    fn offer(self: Box<Self>, value: SharedValue);
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Value(_) => "Value",
            Self::Compute(_) => "Compute",
            Self::Nothing => "Nothing",
        })
    }
}

static STORE: Mutex<Option<&'static dyn SharedStore>> = Mutex::new(None);

/// There is a store already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyShared;

impl std::fmt::Display for AlreadyShared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the process shares values by another store already")
    }
}

impl std::error::Error for AlreadyShared {}

/// Shares the values of functions with `shared_values` by `store` from here on.
///
/// # Errors
///
/// If there is a store.
pub fn share_values(store: &'static dyn SharedStore) -> Result<(), AlreadyShared> {
    let mut place = STORE.lock();
    if place.is_some() {
        return Err(AlreadyShared);
    }
    *place = Some(store);
    Ok(())
}

/// Shares no values from here on. What is stored stays where it is.
pub fn keep_values() {
    *STORE.lock() = None;
}

pub(super) fn store() -> Option<&'static dyn SharedStore> {
    *STORE.lock()
}
