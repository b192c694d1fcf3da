//! The database of all processes: a file with the newest version of each group, and a receipt for it.

use crate::GROUPS;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// How long the part of a group is: its version, what its receipt stands for, the receipt's length, and the receipt.
const PART: usize = 256;

/// The longest receipt.
const TEXT: usize = PART - 24;

/// Versions of groups, in a file.
#[derive(Debug)]
pub struct Database(File);

impl Database {
    /// Makes the file. All versions are 0.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path) -> io::Result<()> {
        File::create(path)?.set_len((PART * GROUPS) as u64)
    }

    /// Opens the file. Another handle of the same process takes turns with this one as another process does.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().read(true).write(true).open(path).map(Self)
    }

    /// The newest version of a group.
    ///
    /// # Panics
    /// The file cannot be read.
    pub fn version(&self, group: u8) -> u64 {
        self.number(offset(group))
    }

    /// Writes a new version of a group, and returns it.
    ///
    /// # Panics
    /// The file cannot be read or written.
    pub fn write(&self, group: u8) -> u64 {
        let at = offset(group);
        self.locked(|| {
            let version = self.number(at) + 1;
            self.put(at, &version.to_le_bytes());
            version
        })
    }

    /// Leaves a receipt for a version.
    ///
    /// # Panics
    /// The file cannot be written, or the receipt is longer than 232 bytes.
    pub fn leave(&self, group: u8, version: u64, receipt: &str) {
        assert!(receipt.len() <= TEXT, "a receipt of {} bytes", receipt.len());
        let head = [version, receipt.len() as u64].map(u64::to_le_bytes);
        let at = offset(group) + 8;
        self.locked(|| self.put(at, &[head.as_flattened(), receipt.as_bytes()].concat()));
    }

    /// The receipt of a group that was left last, and the version for which it stands.
    ///
    /// # Panics
    /// The file cannot be read.
    pub fn receipt(&self, group: u8) -> Option<(u64, String)> {
        let mut bytes = [0; PART - 8];
        self.locked(|| self.get(offset(group) + 8, &mut bytes));
        let (version, rest) = bytes.split_first_chunk::<8>()?;
        let (length, text) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let text = String::from_utf8(text.get(..length)?.to_vec()).ok()?;
        (length > 0).then_some((u64::from_le_bytes(*version), text))
    }

    fn locked<T>(&self, run: impl FnOnce() -> T) -> T {
        flock(&self.0, FlockOperation::LockExclusive).expect("the file can be locked");
        let result = run();
        flock(&self.0, FlockOperation::Unlock).expect("the file can be unlocked");
        result
    }

    fn number(&self, at: u64) -> u64 {
        let mut bytes = [0; 8];
        self.get(at, &mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn get(&self, at: u64, bytes: &mut [u8]) {
        self.0.read_exact_at(bytes, at).expect("the file can be read");
    }

    fn put(&self, at: u64, bytes: &[u8]) {
        self.0.write_all_at(bytes, at).expect("the file can be written");
    }
}

fn offset(group: u8) -> u64 {
    PART as u64 * u64::from(group)
}

#[cfg(test)]
mod tests {
    use super::Database;
    use std::thread;

    #[test]
    fn no_version_is_written_twice() {
        let path =
            std::env::temp_dir().join(format!("gcache-machines-test-{}", std::process::id()));
        Database::create(&path).unwrap();
        let write = || {
            let database = Database::open(&path).unwrap();
            for _ in 0..200 {
                database.write(7);
            }
        };
        thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(write))));
        let database = Database::open(&path).unwrap();
        assert_eq!((database.version(7), database.version(6)), (800, 0));
        assert_eq!(database.receipt(7), None);
        database.leave(7, 800, "abc");
        assert_eq!(database.receipt(7), Some((800, "abc".to_owned())));
        std::fs::remove_file(&path).unwrap();
    }
}
