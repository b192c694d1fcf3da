//! The cached functions that hostile user code is tried on: one that is sync, one that is async, and
//! one that fails. All run user code at every place where a cached function can.

use crate::common::{Count, ignore};
use crate::hooks::{Hook, Role, Subject, Touchy, reach, version};
use gcache::{cache_against, group, of};

fn by(id: u64) -> Touchy {
    reach(Hook::By);
    Touchy::new(Role::Key, id)
}

fn member(id: u64) -> Touchy {
    reach(Hook::Group);
    Touchy::new(Role::GroupKey, id)
}

fn bypassed() -> bool {
    reach(Hook::Bypass);
    false
}

fn body(id: u64, runs: &Count) -> u64 {
    runs.up();
    let version = version(id);
    reach(Hook::Body);
    version
}

fn wanted<T>(_: &T) -> bool {
    reach(Hook::CacheIf);
    true
}

fn weigh<T>(_: &T) -> u32 {
    reach(Hook::Weigh);
    1
}

pub(crate) static SYNC: Subject = {
    group!(Item: Touchy);
    static RUNS: Count = Count::new();

    #[cache_against(
        Item(member(id)), by(id, by(id)), bypass = bypassed(),
        cache_if = wanted, max_weight = 1000, weigh = weigh
    )]
    fn item(id: u64) -> Touchy {
        Touchy::new(Role::Value, body(id, &RUNS))
    }

    Subject {
        call: |id| item(id).number,
        invalidation: |id| ignore(invalidate_item(Touchy::new(Role::GroupKey, id))),
        invalidate_whole: || ignore(Item::invalidate_all()),
        clear: || of(item).clear().expect("it was called"),
        stats: || of(item).stats(),
        runs: &RUNS,
    }
};

pub(crate) static ASYNC: Subject = {
    group!(Item: Touchy);
    static RUNS: Count = Count::new();

    #[cache_against(
        Item(member(id)), by(id, by(id)), bypass = bypassed(),
        cache_if = wanted, max_weight = 1000, weigh = weigh
    )]
    async fn item(id: u64) -> Touchy {
        // Once before and once after the body was suspended.
        let version = body(id, &RUNS);
        let mut suspended = false;
        std::future::poll_fn(|task| {
            task.waker().wake_by_ref();
            if std::mem::replace(&mut suspended, true) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        reach(Hook::Body);
        Touchy::new(Role::Value, version)
    }

    Subject {
        call: |id| pollster::block_on(item(id)).number,
        invalidation: |id| ignore(invalidate_item(Touchy::new(Role::GroupKey, id))),
        invalidate_whole: || ignore(Item::invalidate_all()),
        clear: || of(item).clear().expect("it was called"),
        stats: || of(item).stats(),
        runs: &RUNS,
    }
};

pub(crate) static FAILING: Subject = {
    group!(Item: Touchy);
    static RUNS: Count = Count::new();

    #[cache_against(
        Item(member(id)), by(id, by(id)), bypass = bypassed(), cache_err,
        cache_if = wanted, max_weight = 1000, weigh = weigh
    )]
    fn item(id: u64) -> Result<(), Touchy> {
        Err(Touchy::new(Role::Failure, body(id, &RUNS)))
    }

    Subject {
        call: |id| item(id).expect_err("it always fails").number,
        invalidation: |id| ignore(invalidate_item(Touchy::new(Role::GroupKey, id))),
        invalidate_whole: || ignore(Item::invalidate_all()),
        clear: || of(item).clear().expect("it was called"),
        stats: || of(item).stats(),
        runs: &RUNS,
    }
};
