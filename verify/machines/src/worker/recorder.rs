//! Gathers what a thread does, and tells it segment by segment.

use crate::record::{Part, Record};
use std::mem;
use std::sync::mpsc::SyncSender;

/// How long a segment is, in nanoseconds.
const SEGMENT: u64 = 500_000_000;

/// The records of one thread.
#[derive(Debug)]
pub(super) struct Recorder {
    part: Part,
    parts: SyncSender<Part>,
}

impl Recorder {
    /// For the thread of this number, which begins at `now`.
    pub(super) fn new(thread: u64, parts: SyncSender<Part>, now: u64) -> Self {
        let part = Part { thread, segment: now / SEGMENT, records: Vec::new() };
        Self { part, parts }
    }

    /// Adds what began or happened at `time`, not before that of any earlier call.
    pub(super) fn note(&mut self, time: u64, record: Record) {
        self.pass(time);
        self.part.records.push(record);
    }

    /// Nothing earlier than `time` is to come.
    pub(super) fn pass(&mut self, time: u64) {
        while self.part.segment < time / SEGMENT {
            let next = Part { segment: self.part.segment + 1, records: Vec::new(), ..self.part };
            // Whoever listened has ended, and this process will.
            let _ = self.parts.send(mem::replace(&mut self.part, next));
        }
    }
}
