//! Shared values, while others are yet to be told of what was invalidated here.

use super::*;
use gcache::shared::{Found, Request, SharedStore, keep_values, share_values};
use std::pin::Pin;
use std::thread;

/// Counts how often it is asked, and has nothing.
#[derive(Default)]
struct Empty(Mutex<u64>);

impl SharedStore for Empty {
    fn look_up(&self, request: Request) -> Pin<Box<dyn Future<Output = Found> + Send + '_>> {
        Box::pin(std::future::ready(self.look_up_blocking(request)))
    }

    fn look_up_blocking(&self, _: Request) -> Found {
        *self.0.lock().unwrap() += 1;
        Found::Nothing
    }
}

#[cache_against(Feed(user), shared_values, ttl = "1h")]
fn of_shared_feed(user: &str) -> u64 {
    run()
}

#[test]
fn the_store_is_not_asked_while_something_is_untold() {
    let linked = Linked::new(LONG);
    let store: &'static Empty = Box::leak(Box::default());
    share_values(store).unwrap();
    let asks = |user| {
        let before = *store.0.lock().unwrap();
        of_shared_feed(user);
        *store.0.lock().unwrap() > before
    };
    assert!(asks("before"));
    let valid = of_book(7);
    let untold = linked.recorder.0.lock().unwrap();
    thread::scope(|scope| {
        let changing = scope.spawn(|| invalidate_book(7));
        // It has ended here.
        while of_book(7) == valid {
            thread::yield_now();
        }
        assert!(!asks("meanwhile"));
        drop(untold);
        changing.join().unwrap();
    });
    assert!(asks("after"));
    keep_values();
}
