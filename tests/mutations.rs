//! `#[invalidates]`, `edit()` and bulk changes: whatever becomes of a mutation, what it may have
//! changed is ended, after the body.

mod common;

use common::Count;
use futures::poll;
use gcache::{Invalidates, Tag, cache_against, group, invalidate, invalidates};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Mutex;

/// A model of its own for each test, with the lists of users A, B and C and a page for each photo.
macro_rules! world {
    () => {
        #[derive(Clone, Debug, PartialEq, Invalidates)]
        struct Photo {
            id: u64,
            #[group(index)]
            user: char,
            title: String,
        }
        static RUNS: Count = Count::new();

        #[cache_against(Photo(pk))]
        fn page(pk: u64) -> usize {
            RUNS.up()
        }
        #[cache_against(Photo(user = user))]
        fn list(user: char) -> usize {
            RUNS.up()
        }

        #[allow(dead_code, reason = "some worlds make their own")]
        fn photo() -> Photo {
            Photo { id: 1, user: 'a', title: String::new() }
        }

        /// Which end by `change`: the pages of photo 1 and 2, the lists of A, B and C.
        #[allow(dead_code, reason = "some worlds look in another way")]
        fn ended_by<R>(change: impl FnOnce() -> R) -> (String, R) {
            let look = || [page(1), page(2), list('a'), list('b'), list('c')];
            let before = look();
            assert_eq!(look(), before, "all are hits");
            let result = change();
            let after = look();
            assert_eq!(look(), after, "all are hits again");
            ((0..5).map(|at| if before[at] == after[at] { '.' } else { 'x' }).collect(), result)
        }
    };
}

/// Something that goes wrong in the middle of a mutation.
#[derive(Debug, PartialEq)]
struct Failure;

fn fail() -> Result<(), Failure> {
    Err(Failure)
}

#[test]
fn a_method_invalidates_the_groups_of_before_and_after() {
    world!();
    #[invalidates]
    impl Photo {
        fn give_to(&mut self, user: char) {
            self.user = user;
        }

        fn rename(&mut self, title: &str) -> usize {
            title.clone_into(&mut self.title);
            title.len()
        }

        fn look_at(&self) -> char {
            self.user
        }

        fn by(user: char) -> Self {
            Self { id: 1, user, title: String::new() }
        }
    }

    let mut photo = Photo::by('a');
    assert_eq!(ended_by(|| photo.give_to('b')).0, "x.xx.", "C's list stays a hit");
    assert_eq!(ended_by(|| photo.rename("new")), ("x..x.".to_owned(), 3));
    assert_eq!(ended_by(|| photo.look_at()).0, ".....");
}

#[test]
fn errors_and_early_returns_invalidate_the_row_as_it_is() {
    world!();
    impl Photo {
        #[invalidates]
        fn try_to_give(&mut self, user: char, fails: bool) -> Result<char, Failure> {
            self.user = user;
            if fails {
                fail()?;
            }
            Ok(self.user)
        }

        #[invalidates]
        fn give_unless_empty(&mut self, user: char) -> Option<char> {
            if user == ' ' {
                return None;
            }
            self.user = user;
            Some(user)
        }
    }

    let mut photo = photo();
    assert_eq!(ended_by(|| photo.try_to_give('b', false)), ("x.xx.".to_owned(), Ok('b')));
    assert_eq!(ended_by(|| photo.try_to_give('c', true)), ("x..xx".to_owned(), Err(Failure)));
    assert_eq!(ended_by(|| photo.give_unless_empty(' ')), ("x...x".to_owned(), None));
    assert_eq!(ended_by(|| photo.give_unless_empty('a')), ("x.x.x".to_owned(), Some('a')));
}

#[test]
fn a_panic_invalidates_the_model() {
    world!();
    impl Photo {
        #[invalidates]
        fn give_and_panic(&mut self, user: char) {
            self.user = user;
            panic!("in the middle");
        }
    }

    let mut photo = photo();
    let mut change = || catch_unwind(AssertUnwindSafe(|| photo.give_and_panic('b'))).is_err();
    assert_eq!(ended_by(&mut change), ("xxxxx".to_owned(), true));
    assert_eq!(photo.user, 'b');
}

#[test]
fn an_edit_guard_invalidates_the_groups_of_before_and_after_even_by_a_panic() {
    world!();
    let mut photo = photo();
    let (ended, ()) = ended_by(|| {
        let mut edit = photo.edit();
        edit.user = 'b';
        edit.title.push('x');
        assert_eq!(list('a'), list('a'), "nothing ends before the guard is dropped");
    });
    assert_eq!(ended, "x.xx.");
    let (ended, _) = ended_by(|| {
        catch_unwind(AssertUnwindSafe(|| {
            let mut edit = photo.edit();
            edit.user = 'c';
            panic!("in the middle");
        }))
    });
    assert_eq!(ended, "x..xx");
}

#[test]
fn a_future_invalidates_the_same_and_a_dropped_one_the_model() {
    world!();
    impl Photo {
        #[invalidates]
        async fn give_slowly(&mut self, user: char, fails: bool) -> Result<(), Failure> {
            self.user = user;
            futures::pending!();
            if fails {
                fail()?;
            }
            Ok(())
        }
    }

    async fn poll_twice<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        assert!(poll!(&mut future).is_pending());
        future.await
    }
    let mut photo = photo();
    let give = |photo: &mut Photo, user, fails| {
        pollster::block_on(poll_twice(photo.give_slowly(user, fails)))
    };
    assert_eq!(ended_by(|| give(&mut photo, 'b', false)), ("x.xx.".to_owned(), Ok(())));
    assert_eq!(ended_by(|| give(&mut photo, 'c', true)), ("x..xx".to_owned(), Err(Failure)));
    let (ended, ()) = ended_by(|| {
        pollster::block_on(async {
            let mut dropped = Box::pin(photo.give_slowly('a', false));
            assert!(poll!(&mut dropped).is_pending());
        });
    });
    assert_eq!(ended, "xxxxx");
    let (ended, ()) = ended_by(|| drop(photo.give_slowly('b', false)));
    assert_eq!(ended, ".....", "what never began has changed nothing");
    assert_eq!(photo.user, 'a');
}

#[test]
fn a_shared_or_owned_receiver_invalidates_the_groups_at_entry() {
    world!();
    static TABLE: Mutex<Vec<Photo>> = Mutex::new(Vec::new());
    impl Photo {
        #[invalidates]
        fn save(&self) {
            TABLE.lock().expect("nothing panics").push(self.clone());
        }

        #[invalidates]
        fn delete(self) -> Result<char, Failure> {
            let _ = TABLE.lock().expect("nothing panics").pop();
            fail()?;
            Ok(self.user)
        }

        #[invalidates]
        async fn delete_slowly(self: Box<Self>) -> char {
            futures::pending!();
            self.user
        }
    }

    let photo = photo();
    assert_eq!(ended_by(|| photo.save()).0, "x.x..");
    assert_eq!(ended_by(|| photo.clone().delete()), ("x.x..".to_owned(), Err(Failure)));
    let (ended, ()) = ended_by(|| {
        pollster::block_on(async {
            let mut dropped = Box::pin(Box::new(photo.clone()).delete_slowly());
            assert!(poll!(&mut dropped).is_pending());
        });
    });
    assert_eq!(ended, "x.x..");
}

#[test]
fn functions_invalidate_the_groups_that_they_name() {
    world!();
    group!(Feed: String);
    static OTHER: Count = Count::new();

    #[cache_against(Feed(name), "mutations: front page", Tag(format!("mutations: {name}")))]
    fn feed(name: &str) -> usize {
        OTHER.up()
    }
    #[invalidates(Photo, key = pk)]
    fn touch(pk: u64) {
        assert_eq!(page(pk), page(pk), "the invalidation comes after the body");
    }
    #[invalidates(Photo(pk), Photo(user = user))]
    fn both(pk: u64, user: char) -> Result<(), Failure> {
        fail()
    }
    #[invalidates(Photo)]
    async fn all() {}
    #[invalidates(Feed(name.clone()))]
    fn post(name: String) -> String {
        name
    }
    #[invalidates("mutations: front page")]
    fn publish() {
        panic!("in the middle");
    }

    // Of photo 1 nothing but the key is known, so every list may have changed.
    assert_eq!(ended_by(|| touch(1)).0, "x.xxx");
    assert_eq!(ended_by(|| both(2, 'a')), ("xxxxx".to_owned(), Err(Failure)));
    assert_eq!(ended_by(|| pollster::block_on(all())).0, "xxxxx");
    assert_eq!((feed("ann"), feed("bob")), (1, 2));
    assert_eq!(post("ann".to_owned()), "ann");
    assert_eq!((feed("bob"), feed("ann")), (2, 3));
    assert!(catch_unwind(publish).is_err());
    assert_eq!((feed("bob"), feed("ann")), (4, 5));
    invalidate!(Tag("mutations: ann"), Photo(user = 'a'));
    assert_eq!((feed("bob"), feed("ann")), (4, 6));
    assert_eq!(ended_by(|| invalidate!(Photo(user = 'b'))).0, "xx.x.");
    assert_eq!(ended_by(|| invalidate!(Photo(2))).0, ".xxxx");
}

/// The rows that a function returns are those that it has made.
#[test]
fn inserts_invalidate_the_groups_of_their_rows() {
    world!();
    #[invalidates(result)]
    fn insert(photo: Photo) -> Photo {
        photo
    }
    #[invalidates(result)]
    fn insert_all(users: &[char]) -> Result<Vec<Photo>, Failure> {
        if users.is_empty() {
            fail()?;
        }
        Ok(users.iter().map(|user| Photo { user: *user, ..photo() }).collect())
    }
    #[invalidates(result)]
    async fn insert_slowly(user: char) -> Option<Photo> {
        futures::pending!();
        (user != ' ').then(|| Photo { user, ..photo() })
    }

    assert_eq!(ended_by(|| insert(photo())).0, "x.x..");
    assert_eq!(ended_by(|| insert_all(&['a', 'b'])).0, "x.xx.");
    assert_eq!(ended_by(|| insert_all(&[])), ("xxxxx".to_owned(), Err(Failure)));
    let slowly = |user| {
        pollster::block_on(async {
            let mut insert = pin!(insert_slowly(user));
            assert!(poll!(&mut insert).is_pending());
            insert.await
        })
    };
    assert_eq!(ended_by(|| slowly('c').is_some()), ("x...x".to_owned(), true));
    assert_eq!(ended_by(|| slowly(' ').is_some()), (".....".to_owned(), false));
    let (ended, ()) = ended_by(|| {
        pollster::block_on(async {
            let mut dropped = Box::pin(insert_slowly('c'));
            assert!(poll!(&mut dropped).is_pending());
        });
    });
    assert_eq!(ended, "xxxxx");
}

/// What is not there yet is a value, too, and ends when it appears.
#[test]
fn an_insert_invalidates_a_missing_row_and_an_empty_list() {
    #[derive(Clone, Debug, PartialEq, Invalidates)]
    struct Photo {
        id: u64,
        #[group(index)]
        user: char,
    }
    static TABLE: Mutex<Vec<Photo>> = Mutex::new(Vec::new());
    static RUNS: Count = Count::new();

    #[cache_against(Photo(pk))]
    fn find(pk: u64) -> Option<Photo> {
        RUNS.up();
        TABLE.lock().expect("nothing panics").iter().find(|photo| photo.id == pk).cloned()
    }
    #[cache_against(Photo(user = user))]
    fn of_user(user: char) -> Vec<Photo> {
        RUNS.up();
        let table = TABLE.lock().expect("nothing panics");
        table.iter().filter(|photo| photo.user == user).cloned().collect()
    }
    #[invalidates(result)]
    fn insert(id: u64, user: char) -> Photo {
        let photo = Photo { id, user };
        TABLE.lock().expect("nothing panics").push(photo.clone());
        photo
    }

    for _ in 0..2 {
        assert_eq!((find(1), find(2)), (None, None));
        assert!(of_user('a').is_empty() && of_user('b').is_empty());
    }
    assert_eq!(RUNS.get(), 4);
    let photo = insert(1, 'a');
    assert_eq!((find(1), find(2)), (Some(photo.clone()), None));
    assert_eq!((of_user('a'), of_user('b')), (vec![photo], vec![]));
    assert_eq!(RUNS.get(), 6, "photo 2 and B's list stay hits");
}

#[test]
fn many_rows_invalidate_each_group_once() {
    world!();
    let rows: Vec<Photo> = (0..1000)
        .map(|id| Photo { id, user: if id < 500 { 'a' } else { 'b' }, ..photo() })
        .collect();

    #[cache_against(Photo)]
    fn all() -> usize {
        RUNS.up()
    }
    assert_eq!([page(1), page(2), list('a'), list('b'), list('c'), all()], [1, 2, 3, 4, 5, 6]);
    // Two pages, two lists, the model.
    assert_eq!(Photo::invalidate_many(&rows).count(), 5);
    assert_eq!(ended_by(|| Photo::invalidate_many(&rows[500..])).0, "...x.");
}
