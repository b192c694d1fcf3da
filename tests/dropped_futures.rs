//! A future that is dropped in the middle leaves its statement to the database, which finishes it. What it may
//! have changed ends at once, and is in doubt until the database is surely done.

mod common;

use common::Count;
use common::doubt::{Database, doubts, in_doubt, is_fresh_at_last, leave, world};
use futures::future::{Either, select};
use gcache::{Invalidates, Tag, Transaction, cache_against, group, invalidate, invalidates};
use std::future::{poll_fn, ready};
use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

#[test]
fn groups_named_at_entry_are_in_doubt() {
    world!("groups_named_at_entry");
    #[invalidates(Film(id))]
    async fn write(id: u64) {
        DATABASE.write(1).await;
    }
    leave(&DATABASE, write(1), all);
    assert_eq!(doubts("groups_named_at_entry"), 1);
}

#[test]
fn a_value_of_an_index_named_at_entry_is_in_doubt() {
    world!();
    #[invalidates(Film(genre = 1))]
    async fn write() {
        DATABASE.write(1).await;
    }
    leave(&DATABASE, write(), all);
}

#[test]
fn a_whole_model_named_at_entry_is_in_doubt() {
    world!();
    #[invalidates(Film)]
    async fn write() {
        DATABASE.write(1).await;
    }
    leave(&DATABASE, write(), all);
}

#[test]
fn a_tag_named_at_entry_is_in_doubt() {
    static DATABASE: Database = Database::new();
    #[cache_against("a tag named at entry")]
    fn read() -> u64 {
        DATABASE.read()
    }
    #[invalidates(Tag(&tag))]
    async fn write(tag: String) {
        DATABASE.write(1).await;
        drop(tag);
    }
    leave(&DATABASE, write("a tag named at entry".to_owned()), read);
}

#[test]
fn the_row_at_entry_is_in_doubt() {
    world!();
    impl Film {
        #[invalidates]
        async fn write(&self) {
            DATABASE.write(self.id).await;
        }
        #[invalidates]
        async fn remove(self) {
            DATABASE.write(self.id).await;
        }
    }
    leave(&DATABASE, film().write(), all);
    DATABASE.reset();
    Film::invalidate_all();
    leave(&DATABASE, film().remove(), all);
}

#[test]
fn the_row_of_a_method_that_changes_it_is_in_doubt() {
    world!("a_method_that_changes_the_row");
    #[invalidates]
    impl Film {
        async fn write(&mut self) {
            DATABASE.write(self.id).await;
            self.genre = 2;
        }
    }
    leave(&DATABASE, film().write(), all);
    assert_eq!(doubts("a_method_that_changes_the_row"), 1);
}

/// A receiver that is written out, and a future that is: what `#[async_trait]` makes of a method.
#[test]
fn a_row_behind_every_receiver_is_in_doubt() {
    world!("a_row_behind_every_receiver");
    type Left<'a> = Pin<Box<dyn Future<Output = Result<(), ()>> + 'a>>;
    #[invalidates]
    impl Film {
        #[expect(clippy::needless_arbitrary_self_type, reason = "as some write it")]
        async fn typed(self: &mut Self) -> Result<(), ()> {
            DATABASE.write(self.id).await;
            Err(())?;
            Ok(())
        }
        async fn pinned(self: Pin<&mut Self>) -> Result<(), ()> {
            DATABASE.write(self.id).await;
            Err(())
        }
        async fn pinned_and_set(mut self: Pin<&mut Self>) -> Result<(), ()> {
            self.genre = 1;
            DATABASE.write(self.id).await;
            self.genre = 2;
            Ok(())
        }
        fn written_out(&mut self) -> Pin<Box<dyn Future<Output = Result<(), ()>> + '_>> {
            Box::pin(async move {
                DATABASE.write(self.id).await;
                self.genre = 2;
                Ok(())
            })
        }
        #[expect(clippy::manual_async_fn, reason = "as some write it")]
        fn unboxed(&mut self) -> impl Future<Output = Result<(), ()>> {
            async move {
                DATABASE.write(self.id).await;
                self.genre = 2;
                Ok(())
            }
        }
    }
    impl Film {
        #[invalidates]
        async fn boxed(self: Box<Self>) -> Result<(), ()> {
            DATABASE.write(self.id).await;
            Ok(())
        }
        #[invalidates]
        async fn counted(self: Arc<Self>) -> Result<(), ()> {
            DATABASE.write(self.id).await;
            Ok(())
        }
        #[invalidates]
        async fn pinned_box(self: Pin<Box<Self>>) -> Result<(), ()> {
            DATABASE.write(self.id).await;
            Ok(())
        }
    }
    let mut ways = 0;
    let mut check = |write: Left<'_>| {
        ways += 1;
        leave(&DATABASE, write, all);
        assert_eq!(doubts("a_row_behind_every_receiver"), ways, "way {ways}");
        DATABASE.reset();
        Film::invalidate_all();
    };
    check(Box::pin(film().typed()));
    check(Box::pin(Pin::new(&mut film()).pinned()));
    check(Box::pin(Pin::new(&mut film()).pinned_and_set()));
    check(Box::pin(Box::new(film()).boxed()));
    check(Box::pin(Arc::new(film()).counted()));
    check(Box::pin(Box::pin(film()).pinned_box()));
    check(film().written_out());
    check(Box::pin(film().unboxed()));
}

#[test]
fn the_model_of_rows_that_were_not_returned_is_in_doubt() {
    world!("rows_that_would_have_been_returned");
    #[invalidates(result)]
    async fn insert() -> Result<Film, ()> {
        DATABASE.write(1).await;
        Ok(film())
    }
    leave(&DATABASE, insert(), all);
    assert_eq!(doubts("rows_that_would_have_been_returned"), 1);
}

/// What a body gives up and then returns is in doubt by the function that was given up.
#[test]
fn a_statement_that_the_body_gives_up_leaves_a_doubt() {
    world!();
    #[invalidates(Film(id))]
    async fn send(id: u64) {
        DATABASE.write(1).await;
    }
    #[invalidates(Film(id))]
    async fn hurried(id: u64) -> Result<(), &'static str> {
        match select(pin!(send(id)), ready(())).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err("too slow"),
        }
    }
    in_doubt();
    assert_eq!(all(), 0);
    assert_eq!(pollster::block_on(hurried(1)), Err("too slow"));
    assert_eq!(all(), 0, "the database is not done");
    DATABASE.finish();
    is_fresh_at_last(|| all() == 1);
}

/// What a body comes to is known then, whether it was awaited before or not.
#[test]
fn a_body_that_comes_to_its_end_leaves_no_doubt() {
    type Way = fn() -> Pin<Box<dyn Future<Output = ()>>>;
    group!(Sure: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Sure(1))]
    fn item() -> usize {
        RUNS.up()
    }
    /// The database answers soon.
    async fn soon() {
        let mut polled = false;
        poll_fn(|task| {
            task.waker().wake_by_ref();
            if replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
    #[invalidates(Sure(1))]
    async fn returns() -> u8 {
        soon().await;
        7
    }
    #[invalidates(Sure(1))]
    async fn fails() -> Result<(), &'static str> {
        soon().await;
        Err("refused")?;
        Ok(())
    }
    #[invalidates(Sure(1))]
    async fn panics() {
        soon().await;
        panic!("on purpose");
    }
    #[invalidates(Sure(1))]
    fn is_sync() {}
    async fn in_transaction<R>(work: impl Future<Output = R>) -> R {
        let held = Transaction::begin();
        // Dropped undecided after an early return.
        held.run(work).await
    }
    async fn commits<E>(answer: Result<(), E>) {
        let held = Transaction::begin();
        held.enter(|| invalidate!(Sure(1)));
        let commit = async {
            soon().await;
            answer
        };
        // An error: the outcome is not known, and the database is done.
        drop(held.commit_after(commit).await);
    }
    let ways: [Way; 9] = [
        || Box::pin(async { common::ignore(returns().await) }),
        || Box::pin(async { common::ignore(fails().await) }),
        || Box::pin(panics()),
        || Box::pin(async { is_sync() }),
        || Box::pin(async { common::ignore(in_transaction(returns()).await) }),
        || Box::pin(async { common::ignore(in_transaction(fails()).await) }),
        || Box::pin(in_transaction(panics())),
        || Box::pin(commits(Ok::<_, ()>(()))),
        || Box::pin(commits(Err("the connection is gone"))),
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let before = item();
        let done = catch_unwind(AssertUnwindSafe(|| pollster::block_on(way())));
        common::ignore(done);
        assert_ne!(item(), before, "way {number} ends it");
        assert_eq!(doubts("::Sure"), 0, "way {number}");
    }
}

#[test]
fn a_future_that_was_never_polled_leaves_no_doubt() {
    group!(Unpolled: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Unpolled(1))]
    fn item() -> usize {
        RUNS.up()
    }
    #[invalidates(Unpolled(1))]
    async fn change() {
        futures::pending!();
    }
    assert_eq!(item(), 1);
    drop(change());
    let held = Transaction::begin();
    drop(held.run(change()));
    drop(held);
    assert_eq!(item(), 1);
    assert_eq!(doubts("::Unpolled"), 0);
}
