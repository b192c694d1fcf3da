//! The off switch of the process, in a process of its own.

mod common;

use common::Count;
use gcache::{cache_against, group, set_enabled};

#[test]
fn invalidations_count_while_caching_is_off() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        RUNS.up()
    }

    assert_eq!((item(7), item(7), item(8)), (1, 1, 2));
    set_enabled(false);
    assert_eq!((item(7), item(7)), (3, 4), "calls compute");
    invalidate_item(7);
    set_enabled(true);
    assert_eq!(item(8), 2, "what has not ended is a hit again");
    assert_eq!(item(7), 5, "what ended meanwhile is not");
    assert_eq!(item(7), 5);
}
