//! The versions that take part.

const LOCK: &str = include_str!("../../../Cargo.lock");

/// The version of a package in this workspace's `Cargo.lock`.
///
/// # Panics
/// Panics if there is none.
pub(crate) fn version_of(package: &str) -> &'static str {
    let named = format!("name = \"{package}\"");
    let mut lines = LOCK.lines().skip_while(|line| *line != named).skip(1);
    let version = lines.next().and_then(|line| line.strip_prefix("version = "));
    version.map(|version| version.trim_matches('"')).expect("the package is in the lock file")
}
