//! What was read of statements before. Values are placeholders, so a program has some hundreds of them.

use super::Read;
use super::table::Dialect;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many statements are kept.
const STATEMENTS: usize = 1_000;

/// How many bytes they have together, at most.
const BYTES: usize = 4 << 20;

/// Statements, and what they read.
#[derive(Debug)]
pub(super) struct Known(Mutex<Option<Statements>>);

#[derive(Debug, Default)]
struct Statements {
    /// By the text, of each dialect.
    read: HashMap<Box<str>, Vec<(Dialect, Read)>>,
    bytes: usize,
}

impl Known {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What `sql` reads, which `find_out` says if it was not asked before. Two who ask at a time may both
    /// find out.
    pub(super) fn get(&self, dialect: Dialect, sql: &str, find_out: impl FnOnce() -> Read) -> Read {
        let known = self.lock().get_or_insert_default().get(dialect, sql);
        known.unwrap_or_else(|| {
            let read = find_out();
            self.lock().get_or_insert_default().put(dialect, sql, read.clone());
            read
        })
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        let mut statements = self.lock();
        let statements = statements.get_or_insert_default();
        (statements.read.len(), statements.bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Statements>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Statements {
    fn get(&self, dialect: Dialect, sql: &str) -> Option<Read> {
        let read = self.read.get(sql)?;
        read.iter().find(|(of, _)| *of == dialect).map(|(_, read)| read.clone())
    }

    /// Keeps it, and forgets all others if there is no room: a program that makes ever new statements has no
    /// use for them.
    fn put(&mut self, dialect: Dialect, sql: &str, read: Read) {
        if self.read.len() >= STATEMENTS || self.bytes + sql.len() > BYTES {
            *self = Self::default();
        }
        if let Some(known) = self.read.get_mut(sql) {
            known.retain(|(of, _)| *of != dialect);
            known.push((dialect, read));
        } else {
            self.bytes += sql.len();
            self.read.insert(sql.into(), vec![(dialect, read)]);
        }
    }
}
