//! The files on the path of a hit, a miss and an invalidation, by callgrind.
//!
//! This program runs itself under valgrind, twice for each path, the second time going it more often. A file is on
//! the path if each time costs it an instruction or more. So what gets ready is on none, and neither is what runs
//! now and then. Functions are attributed to the files that they stand in, inlined or not.

use crate::table::Figure;
use gcache::{Invalidates, cache_against};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::Command;

/// A path by its name, and what goes it so many times.
type Path = (&'static str, fn(u64));

const PATHS: [Path; 3] = [("hit", hit), ("miss", miss), ("invalidation", invalidation)];

/// How often the shorter and the longer run go a path.
const TIMES: [u64; 2] = [200, 1_200];

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, key = id)]
fn view_book(id: u64) -> u64 {
    id
}

fn hit(times: u64) {
    // The thread-local cache takes an entry at its second use.
    for _ in 0..3 + times {
        black_box(view_book(black_box(7)));
    }
}

fn miss(times: u64) {
    for id in 0..times {
        black_box(view_book(id));
    }
}

/// Of groups on which an entry depends.
fn invalidation(times: u64) {
    miss(TIMES[1]);
    for id in 0..times {
        black_box(invalidate_book(id));
    }
}

/// Goes a path.
pub(crate) fn go(path: &str, times: u64) -> Result<(), String> {
    let found = PATHS.iter().find(|(name, _)| *name == path);
    found.ok_or_else(|| format!("there is no path `{path}`"))?.1(times);
    Ok(())
}

/// The files on each path.
pub(crate) fn measure() -> Result<Vec<Figure>, String> {
    PATHS.iter().map(|(path, _)| files(path)).collect()
}

fn files(path: &str) -> Result<Figure, String> {
    let [few, many] = TIMES.map(|times| costs(path, times));
    let few = few?;
    let mut files = Vec::new();
    for (file, cost) in many? {
        let grown = cost.saturating_sub(few.get(&file).copied().unwrap_or_default());
        if grown >= TIMES[1] - TIMES[0] {
            files.push(file);
        }
    }
    Ok(Figure::new(&format!("files on the path of {}", article(path)), files))
}

fn article(path: &str) -> String {
    if path == "invalidation" { format!("an {path}") } else { format!("a {path}") }
}

/// How many instructions each file of the runtime takes.
fn costs(path: &str, times: u64) -> Result<BTreeMap<String, u64>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = std::env::temp_dir().join(format!("gcache-size-{}", std::process::id()));
    let ran = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", output.display()))
        .arg(program)
        .args(["go", path, &times.to_string()])
        .output();
    let ran = ran.map_err(|error| {
        format!(
            "valgrind does not start ({error}); `apt-get install valgrind` or the like brings it"
        )
    })?;
    let text = std::fs::read_to_string(&output).unwrap_or_default();
    // It may not be there.
    let _ = std::fs::remove_file(&output);
    if !ran.status.success() || text.is_empty() {
        return Err(String::from_utf8_lossy(&ran.stderr).into_owned());
    }
    let costs = by_file(&text);
    if costs.is_empty() {
        return Err("no file is known: build with debug information, as the profile `dev` has it"
            .to_owned());
    }
    Ok(costs)
}

/// The costs of the runtime's files, of what callgrind wrote. `fl`, `fi` and `fe` name the file of the lines that
/// follow, by a number once it was named. A line of a call is followed by one with the cost of what it called.
fn by_file(text: &str) -> BTreeMap<String, u64> {
    let mut names = BTreeMap::new();
    let mut costs = BTreeMap::new();
    let mut current = None;
    let mut called = false;
    for line in text.lines() {
        if let Some((key, value)) = line.split_once('=') {
            let (number, name) = value.split_once(' ').unwrap_or((value, ""));
            let is_file = ["fl", "fi", "fe", "cfi", "cfl"].contains(&key);
            if is_file && !name.is_empty() {
                names.insert(number.to_owned(), name.to_owned());
            }
            match key {
                "fl" | "fi" | "fe" => current = names.get(number).and_then(|name| inside(name)),
                "calls" => called = true,
                _ => {}
            }
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok());
            if let (Some(file), Some(cost), false) = (&current, cost, called) {
                *costs.entry(String::clone(file)).or_default() += cost;
            }
            called = false;
        }
    }
    costs
}

/// The path inside of the runtime's sources. What the compiler writes, such as the dropping of fields, is put down
/// to `lib.rs`, which has no code.
fn inside(path: &str) -> Option<String> {
    let (_, path) = path.split_once("gcache-runtime/src/")?;
    (path != "lib.rs").then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::by_file;

    #[test]
    fn costs_are_added_by_file() {
        let text = "fl=(1) /x/gcache-runtime/src/call.rs\nfn=(1) f\n7 3\ncfi=(2) /x/gcache-runtime/src/cache/mod.rs\n\
                    cfn=(2) g\ncalls=1 5\n8 100\n+1 2\nfi=(2)\n5 4\nfe=(1)\n9 1\n\nfl=(3) /other.rs\n1 50";
        let costs = Vec::from_iter(by_file(text));
        assert_eq!(costs, [("cache/mod.rs".to_owned(), 4), ("call.rs".to_owned(), 6)]);
    }
}
