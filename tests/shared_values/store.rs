//! A store in the place of Redis.

use gcache::link::NamedGroup;
use gcache::shared::{Computing, Found, Request, SharedStore, SharedValue, share_values};
use gcache::{invalidate, tag};
use std::collections::HashMap;
use std::future::ready;
use std::pin::Pin;
use std::sync::{LazyLock, Mutex};

/// Values by the last part of their function's name and their arguments. Tests run beside each other, each with functions of
/// its own.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) values: Mutex<HashMap<(String, Vec<u8>), SharedValue>>,
    pub(crate) requests: Mutex<Vec<Request>>,
    /// Computations that were given up.
    pub(crate) given_up: Mutex<Vec<String>>,
}

pub(crate) static STORE: LazyLock<&'static Store> = LazyLock::new(|| {
    let store: &'static Store = Box::leak(Box::default());
    share_values(store).unwrap();
    assert!(share_values(store).is_err(), "there is one");
    store
});

pub(crate) fn store() -> &'static Store {
    *STORE
}

pub(crate) fn name(request: &Request) -> String {
    let first = request.function.lines().next().unwrap();
    first.rsplit("::").next().unwrap().to_owned()
}

pub(crate) struct Place(Option<(String, Vec<u8>)>);

impl Computing for Place {
    fn offer(mut self: Box<Self>, value: SharedValue) {
        store().values.lock().unwrap().insert(self.0.take().unwrap(), value);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((function, _)) = self.0.take() {
            store().given_up.lock().unwrap().push(function);
        }
    }
}

impl SharedStore for Store {
    fn look_up(&self, request: Request) -> Pin<Box<dyn Future<Output = Found> + Send + '_>> {
        Box::pin(ready(self.look_up_blocking(request)))
    }

    fn look_up_blocking(&self, request: Request) -> Found {
        let place = (name(&request), request.arguments.clone());
        self.requests.lock().unwrap().push(request);
        let found = self.values.lock().unwrap().get(&place).cloned();
        // What another process tells this one just now.
        if place.0 == "told_meanwhile" && found.is_some() {
            invalidate(&tag("told meanwhile"));
        }
        match found {
            Some(value) => Found::Value(value),
            None => Found::Compute(Box::new(Place(Some(place)))),
        }
    }
}

impl Store {
    pub(crate) fn requests_of(&self, function: &str) -> Vec<Request> {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|request| name(request) == function).cloned().collect()
    }

    /// The value of a function without arguments, or of its only call.
    pub(crate) fn value_of(&self, function: &str) -> Option<SharedValue> {
        let values = self.values.lock().unwrap();
        values.iter().find(|((known, _), _)| known == function).map(|(_, value)| value.clone())
    }

    pub(crate) fn groups_of(&self, function: &str) -> Vec<String> {
        let value = self.value_of(function).unwrap();
        let mut groups: Vec<_> = value.groups.iter().map(NamedGroup::to_string).collect();
        groups.sort();
        groups
    }

    pub(crate) fn was_given_up(&self, function: &str) -> bool {
        self.given_up.lock().unwrap().iter().any(|known| known == function)
    }
}
