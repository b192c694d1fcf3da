//! A site: the static behind one `#[cache_against]`, and the memos that its function has.
//!
//! A generic function, or a method of a generic type, has one memo per instance. Instances are told
//! apart by the type of a closure in the function's body, which carries all type parameters that are
//! in scope there, named by the function or not.

use crate::cache::{Map, Memo};
use crate::config::Config;
use crate::registry;
use crate::returns::Value;
use crate::sync::{Arc, Mutex, OnceLock};
use crate::thread;
use std::any::{Any, TypeId, type_name};

/// The static behind one `#[cache_against]`.
pub struct CallSite {
    name: &'static str,
    /// The memo of the first instance that was called: the only one, unless there are type
    /// parameters.
    first: OnceLock<Instance>,
    others: OnceLock<Map<TypeId, Instance>>,
    /// Instances first called at the end of a thread, when `others` cannot be changed. Locked while a
    /// memo is made, so that an instance has one.
    late: Mutex<Vec<Instance>>,
}

#[derive(Clone, Copy)]
struct Instance {
    closure: TypeId,
    /// Of the memo.
    number: usize,
    memo: &'static (dyn Any + Send + Sync),
}

impl CallSite {
    /// A site whose memos go by `name` in statistics.
    pub const fn new(name: &'static str) -> Self {
        Self { name, first: OnceLock::new(), others: OnceLock::new(), late: Mutex::new(Vec::new()) }
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
        self.find(typeid::of::<Closure>()).map(|instance| instance.number)
    }

    /// A site that has `memo`, for every call whose groups `Closure` evaluates.
    pub(crate) fn of_memo<K, V, Closure>(
        name: &'static str,
        memo: &'static Memo<K, V>,
    ) -> &'static Self
    where
        K: Clone + Eq + Send + Sync + 'static,
        V: Value,
    {
        registry::add_memo(name, name, memo);
        let first = OnceLock::from(Instance {
            closure: typeid::of::<Closure>(),
            number: memo.number,
            memo,
        });
        Box::leak(Box::new(Self { first, ..Self::new(name) }))
    }

    /// The memo of the instance that `Closure` is in.
    pub(crate) fn memo<K, V, Closure>(
        &'static self,
        config: fn(Config<V>) -> Config<V>,
    ) -> &'static Memo<K, V>
    where
        K: Clone + Eq + Send + Sync + 'static,
        V: Value,
    {
        let closure = typeid::of::<Closure>();
        let instance = match self.first.get() {
            Some(first) if first.closure == closure => *first,
            _ => match self.find(closure) {
                Some(instance) => instance,
                None => self.make::<K, V, Closure>(config),
            },
        };
        instance.memo.downcast_ref().expect("an instance has one key type and one value type")
    }

    fn find(&self, closure: TypeId) -> Option<Instance> {
        let first = self.first.get().filter(|first| first.closure == closure).copied();
        first.or_else(|| self.others().pin().get(&closure).map(|instance| **instance))
    }

    fn others(&self) -> &Map<TypeId, Instance> {
        self.others.get_or_init(Map::new)
    }

    #[cold]
    fn make<K, V, Closure>(&'static self, config: fn(Config<V>) -> Config<V>) -> Instance
    where
        K: Clone + Eq + Send + Sync + 'static,
        V: Value,
    {
        // Options are the user's expressions: evaluated before the lock is taken.
        let config = config(Config::new());
        let closure = typeid::of::<Closure>();
        let mut late = self.late.lock();
        if let Some(made) = self.find(closure) {
            return made;
        }
        let known = late.iter().position(|late| late.closure == closure);
        if let Some(at) = known {
            if thread::is_ending() {
                return late[at];
            }
            let made = late.swap_remove(at);
            self.others().insert(closure, Arc::new(made));
            return made;
        }
        // Lives as long as the program, like the function that it belongs to.
        let memo: &'static Memo<K, V> = Box::leak(Box::new(Memo::new(config)));
        registry::add_memo(self.name, type_name::<Closure>(), memo);
        let instance = Instance { closure, number: memo.number, memo };
        if self.first.set(instance).is_ok() {
            return instance;
        }
        if thread::is_ending() {
            late.push(instance);
        } else {
            self.others().insert(closure, Arc::new(instance));
        }
        instance
    }
}

impl std::fmt::Debug for CallSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallSite").field("name", &self.name).finish_non_exhaustive()
    }
}
