//! A server of the test's own, which forgets, stands still, and is followed by another.

use super::{BOOK, Found, Process, SharedValue, at, identity, namespace, value};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::thread::yield_now;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Ends when it is dropped.
struct Server {
    child: Child,
    client: redis::Client,
    /// A replica writes what it is sent to a file, and a server that starts would read it.
    _folder: TempDir,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let program = std::env::var_os("GCACHE_REDIS_SERVER")
            .expect("a server's program: run `bash .ci/redis cargo test -p gcache-redis`");
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
        let folder = tempfile::tempdir().unwrap();
        command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(folder.path());
        let child = command.args(options).stdout(Stdio::null()).spawn().unwrap();
        let client = at(&format!("redis://127.0.0.1:{port}"));
        let server = Self { child, client, _folder: folder };
        until("the server answers", || {
            let mut connection = server.client.get_connection().ok()?;
            redis::cmd("PING").query::<String>(&mut connection).ok()
        });
        server
    }

    fn tell<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        redis::cmd(words[0])
            .arg(&words[1..])
            .query(&mut self.client.get_connection().unwrap())
            .unwrap()
    }

    fn info<T: redis::FromRedisValue>(&self, section: &str, field: &str) -> T {
        self.tell::<redis::InfoDict>(&["INFO", section]).get(field).unwrap()
    }

    fn process(&self, namespace: &str, budget: Duration) -> Process {
        Process::new(&self.client, self.client.clone(), namespace, (budget, budget), b"")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn until<T>(what: &str, is_so: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(so) = is_so() {
            return so;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "not in 30 s: {what}");
        yield_now();
    }
}

/// As a full server evicts values, numbers and the state; and now and then all is gone.
#[test]
fn what_a_server_forgets_is_computed_and_never_outdated() {
    const BOOKS: usize = 8;
    let server = Server::start(&[]);
    let namespace = namespace();
    let all = [0; 2].map(|_| server.process(&namespace, Duration::from_secs(5)));
    let mut versions = [0_u64; BOOKS];
    let (mut hits, mut forgotten) = (0, 0);
    for step in 1..=3_000 {
        let (process, book) = (&all[fastrand::usize(..2)], fastrand::usize(..BOOKS));
        let group = format!(r#"[["book","key",{book}]]"#);
        match fastrand::u8(..16) {
            0 => {
                versions[book] += 1;
                process.invalidate(&group);
            }
            1 => {
                if let Some(key) = server.tell::<Option<String>>(&["RANDOMKEY"]) {
                    let _: u64 = server.tell(&["DEL", &key]);
                    forgotten += 1;
                }
            }
            2 if step % 500 < 64 => {
                let _: () = server.tell(&["FLUSHALL"]);
            }
            _ => {}
        }
        // A link hears of all that is told, and of another incarnation.
        process.hear();
        match process.ask_for(&book.to_string(), &group) {
            Found::Value(found) => {
                assert_eq!(found.bytes[..8], versions[book].to_le_bytes(), "step {step}");
                hits += 1;
            }
            Found::Compute(computing) => {
                let bytes = versions[book].to_le_bytes().to_vec();
                process.finish_with(computing, SharedValue { bytes, ..value(&group) });
            }
            Found::Nothing => {}
        }
    }
    assert!(hits > 100 && forgotten > 50, "{hits} hits, {forgotten} forgotten");
}

#[test]
fn a_server_that_pauses_for_ten_seconds_costs_no_request_more_than_its_budget() {
    let server = Server::start(&[]);
    let budget = Duration::from_millis(50);
    let process = server.process(&namespace(), budget);
    until("it is read", || {
        if let Found::Compute(computing) = process.ask("7") {
            process.finish(computing, BOOK);
        }
        process.reads("7").then_some(())
    });
    let _: () = server.tell(&["CLIENT", "PAUSE", "10000", "ALL"]);
    let paused = Instant::now();
    let (mut asked, mut over) = (0, 0);
    loop {
        let begun = Instant::now();
        let found = process.ask("7");
        // A machine that is busy with other tests holds a few up.
        over += u32::from(begun.elapsed() > budget + Duration::from_millis(50));
        asked += 1;
        match found {
            Found::Value(_) => break,
            _ => assert!(paused.elapsed() < Duration::from_secs(60), "it goes on"),
        }
        yield_now();
    }
    assert!(paused.elapsed() >= Duration::from_secs(9), "it paused");
    assert!(asked > 1_000, "{asked} requests, most of which did not wait at all");
    assert!(over <= 3, "{over} of {asked} took longer than their budget");
}

/// A replica may not have heard of the last numbers, so its values are void.
#[test]
fn a_replica_that_takes_over_has_no_values() {
    let primary = Server::start(&[]);
    let replica = Server::start(&["--repl-diskless-sync-delay", "0"]);
    let address = primary.client.get_connection_info().addr().to_string();
    let (host, port) = address.rsplit_once(':').unwrap();
    let _: () = replica.tell(&["REPLICAOF", host, port]);
    // A primary begins another history when its first replica comes.
    until("the replica follows", || {
        (replica.info::<String>("replication", "master_link_status") == "up").then_some(())
    });
    let namespace = namespace();
    let budget = Duration::from_secs(5);
    let before = primary.process(&namespace, budget);
    assert!(before.share("7", BOOK) && before.reads("7"));
    until("the replica has all", || {
        // The leases of before are given back.
        let leases: Vec<String> = primary.tell(&["KEYS", "*:l:*"]);
        let keys = |server: &Server| {
            let mut keys: Vec<String> = server.tell(&["KEYS", "*"]);
            keys.sort();
            keys
        };
        (leases.is_empty() && keys(&replica) == keys(&primary)).then_some(())
    });
    let _: () = replica.tell(&["REPLICAOF", "NO", "ONE"]);
    // A link that has yet to notice: it knows the primary, and the address leads to the replica.
    let unaware = Process::linked(
        &replica.client,
        replica.client.clone(),
        identity(&primary.client),
        &namespace,
        (budget, budget),
        b"",
    );
    unaware.hear();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(300) {
        assert!(matches!(unaware.ask("7"), Found::Nothing), "of another server");
        yield_now();
    }
    assert!(unaware.values.counts().without.load(Ordering::SeqCst) > 0);
    // One that has begins another incarnation.
    let _: u64 = replica.tell(&["HSET", &before.state(), "inc", "another", "by", "replica"]);
    let after = replica.process(&namespace, budget);
    assert!(!after.reads("7"));
    assert!(after.share("8", BOOK) && after.reads("8"));
}
