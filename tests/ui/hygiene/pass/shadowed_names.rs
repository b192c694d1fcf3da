//! Parameters, type parameters, fields and local items named as anything that the macros write.
#![deny(warnings)]
#![allow(non_camel_case_types, non_upper_case_globals, non_snake_case, clippy::too_many_arguments)]

use gcache::{Invalidates, cache_against, depends_on, group, invalidate, invalidates};
use std::fmt::Debug;
use std::hash::Hash;

/// Fields named as what the derive writes, and constants in their types.
#[derive(Clone, Debug, Invalidates)]
#[group(index(dependencies, invalidation), index(value, r#gen))]
pub struct Row {
    #[group(key)]
    pub key: [u8; GENERATIONS],
    #[group(key)]
    pub row: u64,
    #[group(index)]
    pub dependencies: [u8; INDEXES],
    #[group(index)]
    pub invalidation: u64,
    pub value: u64,
    #[group(index)]
    pub r#gen: [u8; INDEX_VALUES],
}

pub const GENERATIONS: usize = 1;
pub const INDEXES: usize = 2;
pub const INDEX_VALUES: usize = 3;
pub const SITE: usize = 4;
pub const UNRELATED: usize = 5;

group!(pub Generations: [u8; GENERATIONS]);

#[derive(Clone, Debug, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[cache_against(Row(r#gen = [1; INDEX_VALUES]), Generations([1; GENERATIONS]), name = "SITE")]
fn constants(pages: [u64; SITE], more: [u64; UNRELATED]) -> [u64; SITE] {
    depends_on!(Row(dependencies = [1; INDEXES], invalidation = 7));
    [pages[0] + more[0]; SITE]
}

/// Type parameters.
#[cache_against(Book(begun))]
fn generic<Call, Site, S, K, const value: usize>(call: Call, begun: u64, site: [Site; value]) -> usize
where
    Call: Clone + Eq + Hash + Send + Sync + Debug + 'static,
    Site: Clone + Eq + Hash + Send + Sync + Debug + 'static,
    S: 'static,
    K: 'static,
{
    format!("{call:?}").len() + site.len() + value
}

/// Lifetimes.
#[cache_against(Book(miss), by(miss, value))]
async fn lifetimes<'a, 'value: 'a>(value: &'value str, miss: u64, change: &'a str) -> usize {
    value.len() + change.len()
}

impl Book {
    #[invalidates]
    fn change(&mut self, change: u64, returned: u64, guard: u64, row: u64, insert: u64) -> u64 {
        self.author = change;
        returned + guard + row + insert
    }

    #[invalidates]
    async fn change_later<change, Self_>(&mut self, change: change, returned: Self_) -> (change, Self_) {
        fn finish_change() {}
        struct Change;
        finish_change();
        let _ = Change;
        (change, returned)
    }

    #[invalidates]
    fn look(&self, guard: u64, row: u64) -> u64 {
        let row = self.id + row;
        row + guard
    }
}

#[invalidates(result, Book(guard), Book(author = insert), "tag")]
fn insert(guard: u64, insert: u64, change: u64, returned: u64) -> Vec<Book> {
    let begin_insert = guard + change + returned;
    vec![Book { id: begin_insert, author: insert }]
}

fn lists(groups: u64, invalidate: u64, invalidation: u64) -> usize {
    let member = groups;
    let ended = invalidate!(Book(groups), Book(author = invalidate), Book(member), Book(invalidation));
    ended.count()
}

/// Parameters of cached functions.
mod parameters {
    use gcache::{cache_against, group};

    group!(Book: u64);

    #[cache_against(Book(begun), Book(value), Book(miss), Book(config), name = "names")]
    fn names(begun: u64, value: u64, miss: u64, config: u64, part: u64, given: u64) -> u64 {
        begun + value + miss + config + part + given
    }

    #[cache_against(Book(gcache), Book(core), Book(std))]
    fn crates(gcache: u64, core: u64, std: u64, alloc: u64, __private: u64) -> u64 {
        gcache + core + std + alloc + __private
    }

    #[cache_against(Book(SITE), Book(GENERATIONS))]
    fn statics(SITE: u64, GENERATIONS: u64, INDEXES: u64, INDEX_VALUES: u64) -> u64 {
        SITE + GENERATIONS + INDEXES + INDEX_VALUES
    }

    #[cache_against(Book(key), by(key, part, Given, GivenValue))]
    fn by_names(key: u64, part: u64, Given: u64, GivenValue: u64) -> u64 {
        key + part + Given + GivenValue
    }

    #[cache_against(Book(begin), skip(skip), by(begin, by))]
    fn words(begin: u64, by: u64, skip: u64) -> u64 {
        begin + by + skip
    }

    #[cache_against(Book(value))]
    async fn later(value: u64, miss: u64, begun: u64, returned: u64, body: u64) -> u64 {
        value + miss + begun + returned + body
    }

    #[cache_against(Book)]
    fn local_items(pk: u64) -> u64 {
        struct Call(u64);
        enum Begun {
            Hit(Call),
        }
        fn part(call: Call) -> u64 {
            let Begun::Hit(call) = Begun::Hit(call);
            call.0
        }
        const SITE: u64 = 1;
        part(Call(pk)) + SITE
    }

    /// Items that a pattern would name instead of binding.
    mod items {
        use gcache::{Invalidates, cache_against};

        const value: u64 = 1;
        const begun: u64 = 2;
        const miss: u64 = 3;
        static SITE: u64 = 4;

        #[derive(Invalidates)]
        struct Book {
            id: u64,
        }

        #[cache_against(Book(value), Book(begun), capacity = miss, bypass = begun > value)]
        pub fn constants(pk: u64) -> u64 {
            pk + value + begun + miss + SITE
        }

        #[cache_against(Book(SITE), ttl = std::time::Duration::from_secs(value))]
        pub async fn constants_later(pk: u64) -> u64 {
            pk + value + begun + SITE
        }
    }

    mod functions {
        use gcache::{Invalidates, cache_against};

        fn value(number: &u64) -> bool {
            *number > 0
        }

        fn config(number: &u64) -> u64 {
            *number
        }

        #[derive(Invalidates)]
        struct Book {
            id: u64,
        }

        #[cache_against(Book, cache_if = value, max_weight = 10, weigh = config)]
        pub fn options(pk: u64) -> u64 {
            pk
        }
    }

    pub fn call_all() {
        for _ in 0..2 {
            assert_eq!(names(1, 2, 3, 4, 5, 6), 21);
            assert_eq!(crates(1, 2, 3, 4, 5), 15);
            assert_eq!(statics(1, 2, 3, 4), 10);
            assert_eq!(by_names(1, 2, 3, 4), 10);
            assert_eq!(words(1, 2, 0), 3);
            assert_eq!(items::constants(7), 17);
            assert_eq!(local_items(7), 8);
            assert_eq!(functions::options(7), 7);
        }
        drop((later(1, 2, 3, 4, 5), items::constants_later(7)));
    }
}

fn main() {
    parameters::call_all();
    for _ in 0..2 {
        assert_eq!(constants([1; 4], [2; 5]), [3; 4]);
        assert_eq!(generic::<_, _, (), (), 2>("a", 7, [1, 2]), 7);
        assert_eq!(pollster::block_on(lifetimes("a", 7, "b")), 2);
    }
    let row = Row { key: [1], row: 1, dependencies: [1; 2], invalidation: 1, value: 1, r#gen: [1; 3] };
    let _ = (row.value, row.invalidate());
    invalidate_row([1], 7);
    invalidate_row_by_dependencies_and_invalidation([1; INDEXES], 7);
    invalidate_row_by_value_and_gen(7, [1; INDEX_VALUES]);
    invalidate_row_by_gen([1; INDEX_VALUES]);
    invalidate_generations([1]);
    let mut book = insert(1, 2, 3, 4).remove(0);
    assert_eq!(book.change(7, 1, 2, 3, 4) + book.look(1, 1), 20);
    assert_eq!(pollster::block_on(book.change_later(1, "a")), (1, "a"));
    assert_eq!(lists(1, 2, 3), 0);
}
