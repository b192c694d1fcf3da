//! The attributes on methods that `#[async_trait]` has made something else of, and on functions that
//! return such a future themselves.

mod common;

use async_trait::async_trait;
use common::Count;
use futures::future::BoxFuture;
use futures::{FutureExt as _, poll};
use gcache::{Invalidates, cache_against, group, invalidates};
use std::pin::Pin;

/// Polls once, for what is to be ready.
fn now<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("nothing is waited for")
}

#[test]
fn a_cached_method_hits() {
    group!(Book: u64);
    static RUNS: Count = Count::new();

    #[async_trait]
    trait Books {
        async fn title(&self, id: u64) -> String;

        async fn count(&self, shelf: &str, _limit: Option<u64>) -> Result<usize, String>;

        /// In the trait itself.
        #[cache_against(Book(id), by(self.tenant(), id))]
        async fn price(&self, id: u64) -> u64 {
            std::future::ready(()).await;
            RUNS.up();
            self.tenant() + id
        }

        fn tenant(&self) -> u64;
    }

    struct Shop {
        tenant: u64,
    }

    #[async_trait]
    impl Books for Shop {
        #[cache_against(Book(id), by(self.tenant, id))]
        async fn title(&self, id: u64) -> String {
            RUNS.up();
            std::future::ready(()).await;
            format!("{} of {}", id, self.tenant)
        }

        #[cache_against("async_trait: shelves", skip(self, _limit))]
        async fn count(&self, shelf: &str, _limit: Option<u64>) -> Result<usize, String> {
            RUNS.up();
            let first = shelf.chars().next().ok_or("no name")?;
            if first == ' ' {
                return Err("no shelf".to_owned());
            }
            Ok(shelf.len())
        }

        fn tenant(&self) -> u64 {
            self.tenant
        }
    }

    let (one, two) = (Shop { tenant: 1 }, Shop { tenant: 2 });
    let call = |shop: &Shop, id| now(shop.title(id));
    assert_eq!((call(&one, 7), call(&one, 7)), ("7 of 1".to_owned(), "7 of 1".to_owned()));
    assert_eq!((call(&two, 7), call(&one, 8)), ("7 of 2".to_owned(), "8 of 1".to_owned()));
    assert_eq!(RUNS.get(), 3);
    invalidate_book(7);
    assert_eq!((call(&one, 7), call(&one, 8)), ("7 of 1".to_owned(), "8 of 1".to_owned()));
    assert_eq!(RUNS.get(), 4);

    assert_eq!((now(one.count("abc", None)), now(two.count("abc", Some(1)))), (Ok(3), Ok(3)));
    assert_eq!(RUNS.get(), 5, "an `Ok` is kept");
    assert_eq!(now(one.count("", None)), Err("no name".to_owned()));
    assert_eq!(now(one.count(" ", None)), Err("no shelf".to_owned()));
    assert_eq!(now(one.count(" ", None)), Err("no shelf".to_owned()));
    assert_eq!(RUNS.get(), 8, "errors are not");

    assert_eq!((now(one.price(7)), now(one.price(7)), now(two.price(7))), (8, 8, 9));
    assert_eq!(RUNS.get(), 10);
}

/// Behind a trait object, and sent to another thread.
#[test]
fn a_boxed_future_may_be_sent() {
    group!(Rates);

    #[async_trait]
    trait Bank: Send + Sync {
        async fn rate(&self, currency: &str) -> u64;
    }
    struct Central;
    #[async_trait]
    impl Bank for Central {
        #[cache_against(Rates, skip(self))]
        async fn rate(&self, currency: &str) -> u64 {
            std::future::ready(currency.len() as u64).await
        }
    }

    let bank: Box<dyn Bank> = Box::new(Central);
    let rate = std::thread::spawn(move || now(bank.rate("EUR"))).join().expect("no panic");
    assert_eq!(rate, 3);
    assert_eq!(
        gcache::stats().groups.iter().filter(|group| group.name.contains("Rates")).count(),
        1
    );
}

/// The model of the tests below: lists by user, and which of them end.
macro_rules! world {
    () => {
        #[derive(Clone, Debug, PartialEq, Invalidates)]
        struct Photo {
            id: u64,
            #[group(index)]
            user: char,
        }
        static RUNS: Count = Count::new();

        #[cache_against(Photo(user = user))]
        fn list(user: char) -> usize {
            RUNS.up()
        }

        #[allow(dead_code, reason = "some worlds look in another way")]
        fn ended_by(change: impl FnOnce()) -> String {
            let look = || ['a', 'b', 'c'].map(list);
            let before = look();
            assert_eq!(look(), before, "all are hits");
            change();
            let after = look();
            (0..3).map(|at| if before[at] == after[at] { '.' } else { 'x' }).collect()
        }
    };
}

/// Both orders of the attributes.
macro_rules! a_row_ends_when_its_future_does {
    ($test:ident, $($attribute:path),+) => {
        #[test]
        fn $test() {
            world!();

            #[async_trait]
            trait Give {
                async fn give(&mut self, user: char) -> Result<char, String>;
                async fn look(&self) -> char;
            }

            $(#[$attribute])+
            impl Give for Photo {
                async fn give(&mut self, user: char) -> Result<char, String> {
                    let before = self.user;
                    self.user = user;
                    futures::pending!();
                    if user == 'c' {
                        Err("not to C")?;
                    }
                    Ok(before)
                }

                async fn look(&self) -> char {
                    self.user
                }
            }

            let mut photo = Photo { id: 1, user: 'a' };
            let mut give = |user| {
                pollster::block_on(async {
                    let mut give = photo.give(user);
                    assert!(poll!(&mut give).is_pending());
                    assert_eq!(list('a'), list('a'), "nothing ends before the body has");
                    give.await
                })
            };
            assert_eq!(ended_by(|| assert_eq!(give('b'), Ok('a'))), "xx.");
            assert_eq!(ended_by(|| assert!(give('c').is_err())), ".xx");
            assert_eq!(ended_by(|| assert_eq!(now(photo.look()), 'c')), "...");
            let dropped = || assert!(photo.give('a').now_or_never().is_none());
            assert_eq!(ended_by(dropped), "xxx", "in the middle it may have got anywhere");
        }
    };
}

a_row_ends_when_its_future_does!(a_block_below, async_trait, invalidates);
a_row_ends_when_its_future_does!(a_block_above, invalidates, async_trait);

#[test]
fn groups_are_invalidated_when_the_future_ends() {
    world!();

    #[async_trait]
    trait Write {
        async fn named(&self, user: char);
        async fn inserted(&self, user: char) -> Option<Photo>;
        async fn alone(&mut self, user: char);
        async fn at_entry(&self);
    }
    #[async_trait]
    impl Write for Photo {
        #[invalidates(Photo(user = user))]
        async fn named(&self, user: char) {
            futures::pending!();
            assert_eq!(list(user), list(user));
        }

        #[invalidates(result)]
        async fn inserted(&self, user: char) -> Option<Photo> {
            futures::pending!();
            Some(Photo { id: 2, user })
        }

        #[invalidates]
        async fn alone(&mut self, user: char) {
            futures::pending!();
            self.user = user;
        }

        #[invalidates]
        async fn at_entry(&self) {
            futures::pending!();
        }
    }

    /// What ends before the future has, and when it has.
    fn both(
        ended_by: impl Fn(Box<dyn FnOnce() + '_>) -> String,
        future: BoxFuture<'_, ()>,
    ) -> [String; 2] {
        let mut future = future;
        let first = ended_by(Box::new(|| assert!((&mut future).now_or_never().is_none())));
        [first, ended_by(Box::new(|| now(future)))]
    }
    let mut photo = Photo { id: 1, user: 'a' };
    let ended = |change: Box<dyn FnOnce() + '_>| ended_by(change);
    assert_eq!(both(ended, photo.named('b')), ["...", ".x."]);
    assert_eq!(both(ended, photo.inserted('c').map(drop).boxed()), ["...", "..x"]);
    assert_eq!(both(ended, photo.at_entry()), ["...", "x.."]);
    assert_eq!(both(ended, photo.alone('b')), ["...", "xx."]);
}

/// Futures that are written out by hand.
#[test]
fn functions_of_one_returned_async_block_are_cached() {
    world!();

    #[cache_against(Photo(user = user))]
    fn unnamed(user: char) -> impl Future<Output = usize> {
        async move {
            std::future::ready(user).await;
            RUNS.up()
        }
    }
    #[cache_against(Photo(user = user))]
    fn boxed(user: char) -> Pin<Box<dyn Future<Output = usize> + Send>> {
        Box::pin(async move { RUNS.up() })
    }
    #[cache_against(Photo(user = user), skip(db))]
    fn short(db: &str, user: char) -> BoxFuture<'_, usize> {
        Box::pin(async move { RUNS.up() + db.len() })
    }
    #[invalidates(Photo(user = user))]
    fn end(user: char) -> impl Future<Output = ()> {
        async move {
            futures::pending!();
            assert!(user.is_alphabetic());
        }
    }

    for _ in 0..2 {
        assert_eq!((now(unnamed('a')), now(boxed('b')), now(short("", 'c'))), (1, 2, 3));
    }
    let mut ending = Box::pin(end('b'));
    assert!((&mut ending).now_or_never().is_none());
    assert_eq!((now(unnamed('a')), now(boxed('b'))), (1, 2));
    now(ending);
    assert_eq!((now(unnamed('a')), now(boxed('b'))), (1, 4));
}
