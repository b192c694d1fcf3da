//! A site: the static behind one `#[cache_against]`, and the memos that its function has.
//!
//! A generic function, or a method of a generic type, has one memo per instance. Instances are told
//! apart by the type of a closure in the function's body, which carries all type parameters that are
//! in scope there, named by the function or not.

use crate::config::Config;
use crate::flights::Flights;
use crate::hashing::QuickHasher;
use crate::registry;
use crate::returns::Value;
use crate::sync::{Mutex, OnceLock};
use std::any::{Any, TypeId, type_name};
use std::hash::BuildHasher as _;
use std::iter::successors;

/// The static behind one `#[cache_against]`.
pub struct CallSite {
    /// Of the function, or empty where `name` is whole.
    module: &'static str,
    name: &'static str,
    /// The memo of the first instance that was called: the only one, unless there are type
    /// parameters.
    first: OnceLock<Instance>,
    /// The others, by the hash of their closure, in lists that only grow: a thread may add to them at its end.
    others: [OnceLock<Box<Instance>>; LISTS],
    /// Held while a memo is made, so that an instance has one.
    making: Mutex<()>,
}

/// Over how many lists the instances are spread.
const LISTS: usize = 8;

struct Instance {
    closure: TypeId,
    /// Of the memo.
    number: usize,
    /// With the memo.
    flights: &'static (dyn Any + Send + Sync),
    next: OnceLock<Box<Instance>>,
}

impl CallSite {
    /// A site whose memos go by `name` in statistics.
    pub const fn new(name: &'static str) -> Self {
        Self::of("", name)
    }

    /// The site of a function, whose memos go by its path.
    pub const fn of(module: &'static str, name: &'static str) -> Self {
        Self {
            module,
            name,
            first: OnceLock::new(),
            others: [const { OnceLock::new() }; LISTS],
            making: Mutex::new(()),
        }
    }

    /// The number of the memo of the instance that `Closure` is in, once it has one.
    #[inline]
    pub(crate) fn number<Closure>(&self) -> Option<usize> {
        let closure = typeid::of::<Closure>();
        match self.first.get()? {
            first if first.closure == closure => Some(first.number),
            _ => self.other_number::<Closure>(),
        }
    }

    #[inline(never)]
    fn other_number<Closure>(&self) -> Option<usize> {
        // Asked for here: handed over, it would lie on the stack of every hit.
        self.find(typeid::of::<Closure>()).map(|instance| instance.number)
    }

    /// A site that has the memo of `flights`, for every call whose groups `Closure` evaluates.
    pub(crate) fn of_memo<K, V, Closure>(
        name: &'static str,
        flights: &'static Flights<K, V>,
    ) -> &'static Self
    where
        K: Clone + Eq + Send + Sync + 'static,
        V: Value,
    {
        // No function has an empty path.
        registry::add_memo(name, "", &flights.memo);
        let first = OnceLock::from(Instance::new(typeid::of::<Closure>(), flights));
        Box::leak(Box::new(Self { first, ..Self::new(name) }))
    }

    /// The memo of the instance that `Closure` is in, with its flights.
    pub(crate) fn flights<K, V, Closure>(
        &'static self,
        config: fn(Config<K, V>) -> Config<K, V>,
    ) -> &'static Flights<K, V>
    where
        K: Clone + Eq + Send + Sync + 'static,
        V: Value,
    {
        let closure = typeid::of::<Closure>();
        let found = self.find(closure);
        let instance = match found {
            Some(found) => found,
            None => self.make(closure, type_name::<Closure>(), config),
        };
        instance.flights.downcast_ref().expect("an instance has one key type and one value type")
    }

    fn find(&self, closure: TypeId) -> Option<&Instance> {
        let first = self.first.get()?;
        let others = successors(self.list(closure).get(), |instance| instance.next.get());
        let mut all = std::iter::once(first).chain(others.map(|instance| &**instance));
        all.find(|instance| instance.closure == closure)
    }

    fn list(&self, closure: TypeId) -> &OnceLock<Box<Instance>> {
        let hash = QuickHasher::default().hash_one(closure);
        &self.others[usize::try_from(hash % LISTS as u64).expect("a remainder of 8 fits")]
    }

    #[cold]
    fn make<K, V>(
        &self,
        closure: TypeId,
        closure_name: &'static str,
        config: fn(Config<K, V>) -> Config<K, V>,
    ) -> &Instance
    where
        K: Clone + Eq + Send + Sync + 'static,
        V: Value,
    {
        // Options are the user's expressions: evaluated before the lock is taken.
        let config = config(Config::new());
        let _making = self.making.lock();
        if let Some(made) = self.find(closure) {
            return made;
        }
        let path = self.path();
        let config = config.shared_as(path, closure_name);
        // Lives as long as the program, like the function that it belongs to.
        let flights: &'static Flights<K, V> = Box::leak(Box::new(Flights::new(config)));
        // Before any call can use it, so that `clear` finds it.
        registry::add_memo(path, closure_name, &flights.memo);
        self.add(Instance::new(closure, flights));
        self.find(closure).expect("it has just been added")
    }

    fn path(&self) -> &'static str {
        match self.module {
            "" => self.name,
            module => Box::leak(format!("{module}::{}", self.name).into_boxed_str()),
        }
    }

    fn add(&self, instance: Instance) {
        if let Err(other) = self.first.set(instance) {
            let mut end = self.list(other.closure);
            while let Some(instance) = end.get() {
                end = &instance.next;
            }
            end.get_or_init(|| Box::new(other));
        }
    }
}

impl Instance {
    fn new<K, V>(closure: TypeId, flights: &'static Flights<K, V>) -> Self
    where
        K: Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        Self { closure, number: flights.memo.number, flights, next: OnceLock::new() }
    }
}

impl std::fmt::Debug for CallSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallSite").field("name", &self.name).finish_non_exhaustive()
    }
}
