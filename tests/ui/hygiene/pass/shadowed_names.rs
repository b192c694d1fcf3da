//! Parameters, type parameters, fields and local items named as anything that the macros write.
#![deny(warnings)]
#![allow(non_camel_case_types, non_upper_case_globals, non_snake_case)]

use gcache::{Invalidates, cache_against, depends_on, group, invalidate, invalidates};
use std::fmt::Debug;
use std::hash::Hash;

/// Fields named as what the derive writes, and constants in their types.
#[derive(Clone, Debug, Invalidates)]
#[group(index(basis, invalidation), index(value, r#gen))]
pub struct Row {
    #[group(key)]
    pub key: [u8; LEDGER],
    #[group(key)]
    pub row: u64,
    #[group(index)]
    pub basis: [u8; INDEXES],
    #[group(index)]
    pub invalidation: u64,
    pub value: u64,
    #[group(index)]
    pub r#gen: [u8; FAMILIES],
}

pub const LEDGER: usize = 1;
pub const INDEXES: usize = 2;
pub const FAMILIES: usize = 3;
pub const SITE: usize = 4;
pub const UNRELATED: usize = 5;

group!(pub Ledger: [u8; LEDGER]);

#[derive(Clone, Debug, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[cache_against(Row(r#gen = [1; FAMILIES]), Ledger([1; LEDGER]), name = "SITE")]
fn constants(pages: [u64; SITE], more: [u64; UNRELATED]) -> [u64; SITE] {
    depends_on!(Row(basis = [1; INDEXES], invalidation = 7));
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
        fn end_change() {}
        struct Change;
        end_change();
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

fn main() {
    for _ in 0..2 {
        assert_eq!(constants([1; 4], [2; 5]), [3; 4]);
        assert_eq!(generic::<_, _, (), (), 2>("a", 7, [1, 2]), 7);
        assert_eq!(pollster::block_on(lifetimes("a", 7, "b")), 2);
    }
    let row = Row { key: [1], row: 1, basis: [1; 2], invalidation: 1, value: 1, r#gen: [1; 3] };
    let _ = (row.value, row.invalidate());
    invalidate_row([1], 7);
    invalidate_row_by_basis_and_invalidate([1; INDEXES], 7);
    invalidate_row_by_value_and_gen(7, [1; FAMILIES]);
    invalidate_row_by_gen([1; FAMILIES]);
    invalidate_ledger([1]);
    let mut book = insert(1, 2, 3, 4).remove(0);
    assert_eq!(book.change(7, 1, 2, 3, 4) + book.look(1, 1), 20);
    assert_eq!(pollster::block_on(book.change_later(1, "a")), (1, "a"));
    assert_eq!(lists(1, 2, 3), 0);
}
