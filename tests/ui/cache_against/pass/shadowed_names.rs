//! Parameters and local items named as anything that the macro generates.
#![deny(warnings)]
#![allow(non_snake_case, non_upper_case_globals, clippy::too_many_arguments)]

use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book(begun), Book(value), Book(miss), Book(config), name = "names")]
fn names(begun: u64, value: u64, miss: u64, config: u64, part: u64, given: u64) -> u64 {
    begun + value + miss + config + part + given
}

#[cache_against(Book(gcache), Book(core), Book(std))]
fn crates(gcache: u64, core: u64, std: u64, alloc: u64, __private: u64) -> u64 {
    gcache + core + std + alloc + __private
}

#[cache_against(Book(SITE), Book(LEDGER))]
fn statics(SITE: u64, LEDGER: u64, INDEXES: u64, FAMILIES: u64) -> u64 {
    SITE + LEDGER + INDEXES + FAMILIES
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

// Items that a pattern would name instead of binding.
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

fn main() {
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
