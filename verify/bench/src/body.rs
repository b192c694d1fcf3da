//! The work that is cached: little, so that the cache is what is measured, and counted, so that a hit
//! is known to be one.

use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    /// How often a body ran on this thread. A count of its own per thread keeps threads that miss apart.
    static RUNS: Cell<u64> = const { Cell::new(0) };
}

/// How often a body has run on this thread.
pub(crate) fn runs() -> u64 {
    RUNS.get()
}

/// What a number stands for. Not counted: this is what an answer is checked against.
pub(crate) fn value(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 7
}

/// What a name stands for. Not counted.
pub(crate) fn value_of_name(name: &str) -> u64 {
    name.bytes().fold(7, |value, byte| value.wrapping_mul(31).wrapping_add(byte.into()))
}

/// The text of a number, as long as a short line of a page. Not counted.
pub(crate) fn line(n: u64) -> String {
    format!("<li>the entry with the number {n:020} and what is said about it</li>")
}

/// The cached body of functions of a number.
pub(crate) fn number(n: u64) -> u64 {
    count();
    value(n)
}

/// The cached body of functions of a name.
pub(crate) fn name(name: &str) -> u64 {
    count();
    value_of_name(name)
}

/// The cached body of functions of a number and a name.
pub(crate) fn pair(n: u64, name: &str) -> u64 {
    count();
    value(n) ^ value_of_name(name)
}

/// The cached body of functions that return text.
pub(crate) fn text(n: u64) -> String {
    count();
    line(n)
}

/// The cached body of functions that return shared text.
pub(crate) fn shared(n: u64) -> Arc<str> {
    count();
    line(n).into()
}

/// Notes that a body runs.
pub(crate) fn count() {
    RUNS.set(RUNS.get() + 1);
}
