//! What a process has done, as it is told to the checker.

use std::io::{self, Read, Write};

/// One thing that a process has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it was.
    pub kind: Kind,
    /// The group, below [`crate::GROUPS`].
    pub group: u8,
    /// Of a read: when it began, or of one after a receipt, the version that the receipt stands for. Of anything else:
    /// when it had happened. In nanoseconds of [`crate::now`].
    pub time: u64,
    /// The version that was read or written; of a pause, how long it was in nanoseconds.
    pub version: u64,
}

/// What a process may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Called a cached function.
    Bounded,
    /// Called a cached function after a fence, which had begun at the time of the record.
    Fenced,
    /// Called a cached function after it had caught up with a receipt.
    Received,
    /// Wrote a version, and its invalidation has returned.
    Invalidated,
    /// The invalidation of a version was acknowledged.
    Acknowledged,
    /// A thread that had asked for a moment was not run for longer, until this time.
    Paused,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Bounded,
        Self::Fenced,
        Self::Received,
        Self::Invalidated,
        Self::Acknowledged,
        Self::Paused,
    ];
}

/// What one thread of a process has done in one segment of time, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The number of the thread in its process.
    pub thread: u64,
    /// Which segment.
    pub segment: u64,
    /// All records of it.
    pub records: Vec<Record>,
}

impl Part {
    /// Writes it as numbers.
    ///
    /// # Errors
    /// `to` does not take it.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(24 * (self.records.len() + 1));
        let mut put = |numbers: [u64; 3]| numbers.map(|number| bytes.extend(number.to_le_bytes()));
        put([self.thread, self.segment, self.records.len() as u64]);
        for record in &self.records {
            put([(record.kind as u64) << 8 | u64::from(record.group), record.time, record.version]);
        }
        to.write_all(&bytes)?;
        to.flush()
    }

    /// Reads what [`Part::write`] has written.
    ///
    /// # Errors
    /// `from` has come to its end, or has something else.
    pub fn read(mut from: impl Read) -> io::Result<Self> {
        let mut get = || {
            let mut bytes = [[0; 8]; 3];
            from.read_exact(bytes.as_flattened_mut())?;
            io::Result::Ok(bytes.map(u64::from_le_bytes))
        };
        let [thread, segment, count] = get()?;
        let mut records = Vec::new();
        for _ in 0..count {
            let [what, time, version] = get()?;
            let [group, kind, ..] = what.to_le_bytes();
            let kind = *Kind::ALL.get(usize::from(kind)).ok_or(io::ErrorKind::InvalidData)?;
            records.push(Record { kind, group, time, version });
        }
        Ok(Self { thread, segment, records })
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Part, Record};

    #[test]
    fn a_part_is_read_as_it_was_written() {
        let record = |(at, kind)| Record { kind, group: 47, time: at, version: u64::MAX - at };
        let part =
            Part { thread: 2, segment: 7, records: (0..).zip(Kind::ALL).map(record).collect() };
        let mut bytes = Vec::new();
        part.write(&mut bytes).unwrap();
        assert_eq!(Part::read(&bytes[..]).unwrap(), part);
        assert!(Part::read(&bytes[1..]).is_err());
    }
}
