//! The way around a body whose value is shared: look for the value, or run the body and offer what it returned.

#[cfg(feature = "links")]
use super::codec::{self, SharedForm, SharedKey};
use super::groups::{collect_into, groups_of};
use super::store::{self, Computing, Found, Request, SharedStore, SharedValue};
#[cfg(feature = "links")]
use crate::config::Config;
use crate::context::{self, Frame};
use crate::flights::Flights;
use crate::links;
use crate::returns::Storable;
use crate::sync::Arc;
use std::marker::PhantomData;
use std::time::Instant;

/// How the values of a memo are shared.
pub(crate) struct Codec<K, V> {
    /// Of the attribute and the function, as written.
    written: u64,
    /// The function and its types. Set once its memo is made.
    function: &'static str,
    secret: bool,
    encode_key: fn(&K) -> Option<Vec<u8>>,
    encode: fn(&V) -> Option<Vec<u8>>,
    decode: fn(&[u8]) -> Option<V>,
}

impl<K, V> Codec<K, V> {
    /// The same, of the function at `path`, of the instance that `closure` belongs to.
    pub(crate) fn of_function(self, path: &str, closure: &str) -> Self {
        let (key, value) = (std::any::type_name::<K>(), std::any::type_name::<V>());
        let function = format!("{path}\n{closure}\n{key}\n{value}");
        Self { function: Box::leak(function.into_boxed_str()), ..self }
    }

    /// Tells the values of this version of the function from those of others.
    fn fingerprint(&self) -> [u8; 16] {
        let bytes = self.written.to_le_bytes().into_iter().chain(self.function.bytes());
        // FNV-1a: the same in all processes and on all machines.
        let hash = bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
            (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        });
        hash.to_le_bytes()
    }
}

/// How the arguments of a function that shares its values are told apart. By itself, so that the compiler says of an argument
/// what it has to say of one.
#[cfg(feature = "links")]
pub fn shared_key<K: SharedKey + Eq>() -> fn(&K) -> Option<Vec<u8>> {
    codec::encode_key::<K>
}

/// What adds to the options of a memo that its values are shared. `written` tells this version of the function from others;
/// where `secret`, the arguments are not written in clear.
#[cfg(feature = "links")]
pub fn shared_values<K, V: SharedForm>(
    encode_key: fn(&K) -> Option<Vec<u8>>,
    written: u64,
    secret: bool,
) -> impl FnOnce(Config<K, V>) -> Config<K, V> {
    let (encode, decode) = (codec::encode::<V>, codec::decode::<V>);
    let codec = Codec { written, function: "", secret, encode_key, encode, decode };
    move |config| Config { shared: Some(codec), ..config }
}

impl<K, V> Clone for Codec<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Codec<K, V> {}

/// What is around the body of a call: nothing, unless its value is shared.
pub struct Shared<S: Storable, K: 'static> {
    call: Option<Sought<K, S::Stored>>,
    storable: PhantomData<fn() -> S>,
}

impl<S: Storable, K> std::fmt::Debug for Shared<S, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// A value of a memo, by its key.
struct Sought<K: 'static, V: 'static> {
    flights: &'static Flights<K, V>,
    codec: Codec<K, V>,
    key: K,
}

/// A value to come, for this process or for all.
struct Call<S: Storable, K: 'static> {
    sought: Sought<K, S::Stored>,
    frame: Arc<Frame>,
}

impl<S: Storable, K: 'static> Shared<S, K> {
    /// Around the body of a call that a memo has no entry for; none where its value is for itself.
    pub(crate) fn new(call: Option<(&'static Flights<K, S::Stored>, K)>) -> Self {
        let call = call.and_then(|(flights, key)| {
            Some(Sought { flights, codec: flights.memo.config.shared?, key })
        });
        Self { call, storable: PhantomData }
    }

    /// Returns the value that another process has computed, or else runs `body`.
    pub fn run(self, body: impl FnOnce() -> S::Return) -> S::Return {
        let Some((call, store, request)) = self.ask() else { return body() };
        match call.take(store.look_up_blocking(request)) {
            Ok(value) => value,
            Err(computing) => call.offer(computing, body()),
        }
    }

    /// The same, of a body that awaits.
    pub async fn run_async(self, body: impl Future<Output = S::Return>) -> S::Return {
        let Some((call, store, request)) = self.ask() else { return body.await };
        match call.take(store.look_up(request).await) {
            Ok(value) => value,
            Err(computing) => {
                let returned = body.await;
                call.offer(computing, returned)
            }
        }
    }

    /// What to ask for, under the frame of the body, which has begun.
    fn ask(self) -> Option<(Call<S, K>, &'static dyn SharedStore, Request)> {
        let (store, sought) = (store::store()?, self.call?);
        let Sought { flights, codec, key } = &sought;
        let frame = context::current()?;
        // After the frame's begin: an invalidation that ended a group before it has been told, or is seen here.
        // mutant: values-asked-before-told
        if links::is_telling() {
            return None;
        }
        let groups = groups_of(&frame)?;
        let request = Request {
            function: codec.function,
            fingerprint: codec.fingerprint(),
            secret: codec.secret,
            arguments: (codec.encode_key)(key)?,
            groups,
            ttl: flights.memo.config.ttl?,
        };
        Some((Call { sought, frame }, store, request))
    }
}

impl<S: Storable, K: 'static> Call<S, K> {
    /// The value that was found; or else what to offer the body's to.
    fn take(&self, found: Found) -> Result<S::Return, Option<Box<dyn Computing>>> {
        let SharedValue { bytes, groups, ttl } = match found {
            Found::Value(value) => value,
            Found::Compute(computing) => return Err(Some(computing)),
            Found::Nothing => return Err(None),
        };
        let Some(value) = (self.sought.codec.decode)(&bytes) else { return Err(None) };
        // Collected outside of the frame's lock, since keys are the user's.
        let mut late = self.frame.late();
        // mutant: shared-group-unknown
        if !groups.iter().all(|group| collect_into(group, &mut late)) {
            return Err(None);
        }
        // mutant: shared-time-forgotten
        late.keep_until(Instant::now().checked_add(ttl));
        // mutant: shared-groups-forgotten
        self.frame.note(|dependencies| dependencies.union(&late));
        Ok(S::join(value))
    }

    /// Offers what the body returned, if other processes may have it.
    fn offer(&self, computing: Option<Box<dyn Computing>>, returned: S::Return) -> S::Return {
        let Some(computing) = computing else { return returned };
        match S::split(returned) {
            Err(returned) => returned,
            Ok(value) => {
                if let Some(value) = self.shared(&value) {
                    computing.offer(value);
                }
                S::join(value)
            }
        }
    }

    fn shared(&self, value: &S::Stored) -> Option<SharedValue> {
        let config = &self.sought.flights.memo.config;
        let mut ttl = config.ttl?;
        if let Some(take) = config.rows {
            let mut late = self.frame.late();
            take(value, &mut late);
            self.frame.note(|dependencies| dependencies.union(&late));
        }
        // mutant: shared-though-unwanted
        if config.cache_if.as_ref().is_some_and(|cache_if| !cache_if(&self.sought.key, value)) {
            return None;
        }
        let groups = groups_of(&self.frame)?;
        if let Some(until) = self.frame.kept() {
            ttl = ttl.min(until.saturating_duration_since(Instant::now()));
        }
        let bytes = (self.sought.codec.encode)(value)?;
        (!ttl.is_zero()).then_some(SharedValue { bytes, groups, ttl })
    }
}
