//! Values that processes share: this test's own program is run as the others.
//! `bash .ci/redis cargo test -p gcache-redis --test values`

use gcache::{cache_against, depends_on, group, invalidate};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

group!(Book: u64, name = "values.book");
group!(Author: u64, name = "values.author");

/// How often a body has run here.
static RUN: AtomicU64 = AtomicU64::new(0);

/// A database that all processes see: a file for each row.
fn row(name: &str) -> u64 {
    let path = std::path::Path::new(&std::env::var("VALUES_ROWS").unwrap()).join(name);
    std::fs::read_to_string(path).map_or(0, |text| text.parse().unwrap())
}

#[cache_against(Author(id))]
fn author(id: u64) -> u64 {
    row(&format!("author-{id}"))
}

#[cache_against(Book(id), shared_values, ttl = "1h")]
fn book(id: u64) -> (u64, u64, String) {
    RUN.fetch_add(1, Ordering::SeqCst);
    std::thread::sleep(Duration::from_millis(30));
    depends_on!("late");
    (row(&format!("book-{id}")), author(id), "x".repeat(10_000))
}

/// Does what it is told, a line each, and answers with a line.
#[test]
fn process() {
    let Ok(namespace) = std::env::var("VALUES_NAMESPACE") else { return };
    let link = gcache_redis::connect(std::env::var("GCACHE_REDIS").unwrap())
        .namespace(namespace)
        .shared_values()
        .value_budget(Duration::from_secs(5), Duration::from_secs(5))
        .start()
        .unwrap();
    link.ready_blocking(Duration::from_secs(20)).unwrap();
    // The first request opens the connection.
    let count = |count: &AtomicU64| count.load(Ordering::SeqCst);
    let counts = link.values().unwrap();
    let mut id = 1_000_000;
    while count(&counts.misses) + count(&counts.hits) == 0 {
        book(id);
        id += 1;
    }
    RUN.store(0, Ordering::SeqCst);
    println!("\nready");
    for order in std::io::stdin().lines() {
        let order = order.unwrap();
        let (word, id) = order.split_once(' ').unwrap();
        let id = id.parse().unwrap();
        let told = match word {
            "book" => {
                let (title, author, text) = book(id);
                assert_eq!(text.len(), 10_000);
                println!("= {title} {author}");
                continue;
            }
            "run" => {
                println!("= {}", RUN.load(Ordering::SeqCst));
                continue;
            }
            "forget" => {
                gcache::clear();
                println!("= 0");
                continue;
            }
            "end-book" => invalidate_book(id),
            "end-author" => invalidate_author(id),
            "end-late" => invalidate(&gcache::tag("late")),
            _ => unreachable!("{order}"),
        };
        link.acknowledged_blocking(told, Duration::from_secs(10)).unwrap();
        println!("= 0");
    }
}

struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(namespace: &str, rows: &std::path::Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["process", "--exact", "--nocapture"])
            .env("VALUES_NAMESPACE", namespace)
            .env("VALUES_ROWS", rows)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    fn until(&mut self, begin: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the process has ended");
            if let Some(rest) = line.trim_end().strip_prefix(begin) {
                return rest.to_owned();
            }
        }
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.until("= ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn three_processes_share_what_one_has_computed() {
    if std::env::var("VALUES_NAMESPACE").is_ok() {
        return;
    }
    std::env::var("GCACHE_REDIS")
        .expect("a server: run `bash .ci/redis cargo test -p gcache-redis`");
    let name = format!("values-{}-{}", std::process::id(), fastrand::u64(..));
    let rows = std::env::temp_dir().join(&name);
    std::fs::create_dir(&rows).unwrap();
    let write = |row: &str, value: u64| std::fs::write(rows.join(row), value.to_string()).unwrap();
    let mut all: Vec<_> = (0..3).map(|_| Process::start(&name, &rows)).collect();
    all.iter_mut().for_each(|process| drop(process.until("ready")));

    // All three miss together, and one computes.
    write("book-7", 1);
    all.iter_mut().for_each(|process| process.tell("book 7"));
    for process in &mut all {
        assert_eq!(process.until("= "), "1 0");
    }
    let run = |all: &mut [Process]| -> u64 {
        all.iter_mut().map(|process| process.ask("run 0").parse::<u64>().unwrap()).sum()
    };
    assert_eq!(run(&mut all), 1);

    // Each change, of a group that is declared, nested or late, is seen by all, whoever makes it: at once by itself,
    // and by the others once they have heard.
    let mut value = 1;
    for round in 0..30 {
        let (writer, ending) =
            (round % 3, ["end-book 7", "end-author 7", "end-late 7"][round / 3 % 3]);
        value += 1;
        write("book-7", value);
        write("author-7", value);
        assert_eq!(all[writer].ask(ending), "0");
        // What the writer computed before it had heard of its own number is not shared; what the others share is.
        let expected =
            if ending == "end-author 7" { format!("{value} {value}") } else { String::new() };
        for (at, process) in all.iter_mut().enumerate() {
            let until = Instant::now() + Duration::from_secs(5);
            loop {
                let found = process.ask("book 7");
                if found.starts_with(&format!("{value} "))
                    && (expected.is_empty() || found == expected)
                {
                    break;
                }
                assert_ne!(at, writer, "own invalidations are seen at once: {found}, {ending}");
                assert!(Instant::now() < until, "{found} is stale after {ending}");
            }
        }
    }
    // A process that has nothing finds it.
    let before = run(&mut all);
    all[0].ask("book 7");
    all[1].ask("forget 0");
    all[1].ask("book 7");
    all[2].ask("forget 0");
    all[2].ask("book 7");
    assert!(run(&mut all) <= before + 1, "{} after {before}", run(&mut all));
    std::fs::remove_dir_all(&rows).unwrap();
}
