//! `#[invalidates]` takes a receiver for what it is, however it is written: what may change the row ends
//! the groups of before and after, all else those at entry.
#![allow(
    clippy::needless_arbitrary_self_type,
    clippy::borrowed_box,
    clippy::trivially_copy_pass_by_ref,
    reason = "this is what is tested"
)]
#![allow(unused_parens, unused_qualifications, reason = "this is what is tested")]

mod common;

use common::Count;
use futures::poll;
use gcache::{Invalidates, cache_against, invalidates};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Debug, PartialEq, Invalidates)]
struct Photo {
    id: u64,
    #[group(index)]
    user: u64,
}

static RUNS: Count = Count::new();

/// Held while it is looked what ends, since some changes end the whole model.
static TURN: Mutex<()> = Mutex::new(());

#[cache_against(Photo(user = user))]
fn list(user: u64) -> usize {
    RUNS.up()
}

/// Which of these users' lists end by `change`.
fn ended_by<R>(users: [u64; 3], change: impl FnOnce() -> R) -> String {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = users.map(list);
    assert_eq!(users.map(list), before, "all are hits");
    change();
    let after = users.map(list);
    (0..3).map(|at| if before[at] == after[at] { '.' } else { 'x' }).collect()
}

/// A photo of the first of three users that no other test has.
fn photo(id: u64) -> (Photo, [u64; 3]) {
    (Photo { id, user: id * 10 }, [id * 10, id * 10 + 1, id * 10 + 2])
}

type Renamed = Photo;

/// All that may change the row, in one block.
#[invalidates]
impl Photo {
    fn shorthand(&mut self, user: u64) {
        self.user = user;
    }

    fn typed(self: &mut Self, user: u64) -> u64 {
        self.user = user;
        user
    }

    fn with_lifetime<'a>(self: &'a mut Self, user: &'a u64) -> u64 {
        self.user = *user;
        *user
    }

    fn named(self: &mut Photo, user: u64) {
        self.user = user;
    }

    fn by_another_name(self: &mut Renamed, user: u64) {
        self.user = user;
    }

    fn in_parentheses(self: &mut (Self), user: u64) {
        self.user = user;
    }

    fn boxed(self: &mut Box<Self>, user: u64) {
        self.user = user;
    }

    fn counted(self: &mut Arc<Self>, user: u64) {
        Arc::make_mut(self).user = user;
    }

    fn pinned(self: Pin<&mut Self>, user: u64) -> Option<u64> {
        if user == 0 {
            return None;
        }
        self.get_mut().user = user;
        Some(user)
    }

    fn pinned_and_set(mut self: Pin<&mut Self>, user: u64) {
        let id = self.id;
        self.set(Self { id, user });
    }

    fn pinned_and_left(self: std::pin::Pin<&mut Photo>, _user: u64) {}

    async fn pinned_later(self: Pin<&mut Self>, user: u64) {
        futures::pending!();
        self.get_mut().user = user;
    }

    async fn typed_later(self: &mut Self, user: u64) {
        futures::pending!();
        self.user = user;
    }

    // What can only look, or takes the row, is left to the attribute on the method.

    fn looks(self: &Self) -> u64 {
        self.user
    }

    fn looks_through(self: &Rc<Self>) -> u64 {
        self.user
    }

    fn takes(self: Photo) -> u64 {
        self.user
    }

    fn takes_pinned(self: Pin<Box<Self>>) -> u64 {
        self.user
    }

    fn takes_counted(self: Arc<Self>) -> u64 {
        self.user
    }
}

/// All on their own.
impl Photo {
    #[invalidates]
    fn typed_alone(self: &mut Self, user: u64) {
        self.user = user;
    }

    #[invalidates]
    fn named_alone(self: &mut Photo, user: u64) {
        self.user = user;
    }

    #[invalidates]
    fn pinned_alone(self: Pin<&mut Self>, user: u64) {
        self.get_mut().user = user;
    }

    #[invalidates]
    fn looks_alone(self: &Self) -> u64 {
        self.user
    }

    #[invalidates]
    fn looks_by_name_alone(self: &Photo) -> u64 {
        self.user
    }

    #[invalidates]
    fn boxed_alone(mut self: Box<Self>, user: u64) -> u64 {
        self.user = user;
        self.user
    }

    #[invalidates]
    fn counted_alone(self: Rc<Self>) -> u64 {
        self.user
    }

    #[invalidates]
    fn shared_alone(self: Arc<Self>) -> u64 {
        self.user
    }

    #[invalidates]
    fn taken_alone(mut self, user: u64) -> u64 {
        self.user = user;
        self.user
    }

    #[invalidates]
    fn pinned_box_alone(self: Pin<Box<Self>>) -> u64 {
        self.user
    }
}

/// A second poll ends it.
fn finish<F: Future>(future: F) -> F::Output {
    pollster::block_on(async {
        let mut future = pin!(future);
        assert!(poll!(&mut future).is_pending());
        future.await
    })
}

#[test]
fn a_block_covers_methods_that_may_change_the_row() {
    let changes: [fn(&mut Photo, u64); 13] = [
        |photo, user| photo.shorthand(user),
        |photo, user| assert_eq!(photo.typed(user), user),
        |photo, user| assert_eq!(photo.with_lifetime(&user), user),
        |photo, user| photo.named(user),
        |photo, user| photo.by_another_name(user),
        |photo, user| photo.in_parentheses(user),
        |photo, user| {
            let mut boxed = Box::new(photo.clone());
            boxed.boxed(user);
            *photo = *boxed;
        },
        |photo, user| {
            let mut counted = Arc::new(photo.clone());
            counted.counted(user);
            *photo = Photo::clone(&counted);
        },
        |photo, user| assert_eq!(Pin::new(photo).pinned(user), Some(user)),
        |photo, user| Pin::new(photo).pinned_and_set(user),
        |photo, user| finish(photo.typed_later(user)),
        |photo, user| finish(Pin::new(photo).pinned_later(user)),
        |photo, user| Pin::new(photo).pinned_alone(user),
    ];
    for (id, change) in (1..).zip(changes) {
        let (mut photo, users) = photo(id);
        assert_eq!(ended_by(users, || change(&mut photo, users[1])), "xx.", "of change {id}");
        assert_eq!(photo.user, users[1]);
    }
}

#[test]
fn a_method_that_leaves_a_pinned_row_invalidates_its_groups() {
    let (mut photo, users) = photo(100);
    assert_eq!(ended_by(users, || Pin::new(&mut photo).pinned(0)), "x..");
    assert_eq!(ended_by(users, || Pin::new(&mut photo).pinned_and_left(0)), "x..");
    let dropped = || {
        let mut future = Box::pin(Pin::new(&mut photo).pinned_later(users[2]));
        assert!(pollster::block_on(async { poll!(&mut future) }).is_pending());
    };
    assert_eq!(ended_by(users, dropped), "xxx", "in the middle it may have got anywhere");
}

#[test]
fn a_block_leaves_out_methods_that_read_or_consume_the_row() {
    let (photo, users) = photo(200);
    let look = || {
        let counted = Rc::new(photo.clone());
        let looked = [photo.looks(), counted.looks_through(), photo.clone().takes()];
        let taken =
            [Box::pin(photo.clone()).takes_pinned(), Arc::new(photo.clone()).takes_counted()];
        assert_eq!((looked, taken), ([users[0]; 3], [users[0]; 2]));
    };
    assert_eq!(ended_by(users, look), "...");
}

#[test]
fn a_method_alone_invalidates_by_its_receiver() {
    let changes: [fn(&mut Photo, u64); 2] =
        [|photo, user| photo.typed_alone(user), |photo, user| photo.named_alone(user)];
    for (id, change) in (300..).zip(changes) {
        let (mut photo, users) = photo(id);
        assert_eq!(ended_by(users, || change(&mut photo, users[1])), "xx.");
    }
    let at_entry: [fn(Photo, u64) -> u64; 8] = [
        |photo, _| photo.looks_alone(),
        |photo, _| photo.looks_by_name_alone(),
        |photo, user| Box::new(photo).boxed_alone(user),
        |photo, _| Rc::new(photo).counted_alone(),
        |photo, _| Arc::new(photo).shared_alone(),
        |photo, user| photo.taken_alone(user),
        |photo, _| Box::pin(photo).pinned_box_alone(),
        |photo, _| photo.user,
    ];
    for (id, change) in (400..).zip(at_entry) {
        let (photo, users) = photo(id);
        let expected = if id == 407 { "..." } else { "x.." };
        assert_eq!(ended_by(users, || change(photo, users[1])), expected, "of change {id}");
    }
}
