//! The command with a server: `bash .ci/redis cargo test -p gcache-cli`.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

/// The address of the server.
fn url() -> String {
    std::env::var("GCACHE_REDIS").expect("a server: run `bash .ci/redis cargo test -p gcache-cli`")
}

/// The command, with a namespace.
fn gcache(url: &str, namespace: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gcache"));
    command.env("GCACHE_REDIS", url).env("GCACHE_NS", namespace).args(words).stdin(Stdio::null());
    command
}

/// What a command came to: its exit code, its output, its errors.
fn run(url: &str, namespace: &str, words: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        gcache(url, namespace, words).output().expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Ends a process with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // It may be over.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks the server itself.
fn ask(url: &str, words: &[&str]) -> redis::Value {
    let client = redis::Client::open(url).expect("a URL");
    let mut connection = client.get_connection().expect("a server");
    redis::cmd(words[0]).arg(&words[1..]).query(&mut connection).expect("an answer")
}

#[test]
fn an_invalidation_is_watched_and_counted() {
    let namespace = "cli-watched";
    let mut watch = gcache(&url(), namespace, &["watch", "--count", "2", "--json"]);
    let mut watch = Ends(watch.stdout(Stdio::piped()).spawn().expect("the command starts"));
    let mut lines = BufReader::new(watch.0.stdout.take().expect("an output")).lines();
    while json(&run(&url(), namespace, &["status", "--json"]).1)["listeners"] != 1 {
        assert!(watch.0.try_wait().expect("a process").is_none(), "it goes on");
    }
    let (code, said, errors) = run(&url(), namespace, &["invalidate", "shop.book", "7", "--yes"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert_eq!(said, "invalidated the row 7 of shop.book in cli-watched, as number 1\n");
    let words = ["invalidate", "tag", "front page", "--yes", "--json"];
    let (code, said, errors) = run(&url(), namespace, &words);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert_eq!(json(&said)["number"], 2);
    let mut line = || json(&lines.next().expect("a line").expect("text"));
    let (first, second) = (line(), line());
    assert_eq!((&first["number"], &second["number"]), (&1.into(), &2.into()));
    assert_eq!(first["groups"][0], json(r#"["shop.book","row",7]"#));
    assert_eq!(second["groups"], json(&said)["groups"]);
    assert_eq!(watch.0.wait().expect("a process").code(), Some(0));

    let (code, said, _) = run(&url(), namespace, &["status"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("invalidations  2, "), "{said}");
    assert!(said.contains("primary"), "{said}");
}

#[test]
fn a_namespace_that_nobody_uses_is_not_found() {
    let (code, said, errors) = run(&url(), "cli-unused", &["status"]);
    assert_eq!((code, errors.as_str()), (Some(1), ""));
    assert!(said.contains("no process has used this namespace yet"), "{said}");
}

#[test]
fn without_a_terminal_a_yes_is_needed() {
    let (code, said, errors) = run(&url(), "cli-asks", &["invalidate", "shop.book", "7"]);
    assert_eq!((code, said.as_str()), (Some(2), ""));
    assert!(errors.contains("--yes"), "{errors}");
    assert_eq!(run(&url(), "cli-asks", &["status"]).0, Some(1), "nothing was invalidated");
}

#[test]
fn wrong_usage_is_said_before_the_server_is_asked() {
    for words in [&["invalidate", "g", "--yes"][..], &["invalidate", "--yes"], &["nothing"]] {
        assert_eq!(run("redis://127.0.0.1:1/", "n", words).0, Some(2), "{words:?}");
    }
    assert_eq!(run("no URL", "n", &["status"]).0, Some(2));
    assert_eq!(run(&url(), "{n}", &["status"]).0, Some(2));
    assert_eq!(run(&url(), "", &["status"]).0, Some(2));
    assert_eq!(run("", "n", &["status"]).0, Some(2));
    let mut nowhere = Command::new(env!("CARGO_BIN_EXE_gcache"));
    let nowhere = nowhere.arg("status").env_remove("GCACHE_REDIS").env_remove("GCACHE_NS").output();
    assert_eq!(nowhere.expect("the command starts").status.code(), Some(2));
}

#[test]
fn a_server_that_is_not_there_or_silent_is_not_reached() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = format!("redis://127.0.0.1:{}/", silent.local_addr().expect("an address").port());
    for url in ["redis://127.0.0.1:1/", &silent, "redis://nowhere.invalid/", "unix:///nowhere.sock"]
    {
        let (code, _, errors) = run(url, "n", &["status", "--patience", "1"]);
        assert_eq!(code, Some(3), "{url}: {errors}");
        assert!(errors.contains(url) && !errors.contains("has closed"), "{errors}");
    }
}

#[test]
fn tls_that_the_server_does_not_speak_is_not_reached() {
    let url = url().replace("redis://", "rediss://");
    let (code, _, errors) = run(&url, "n", &["status", "--patience", "1"]);
    assert_eq!(code, Some(3), "{errors}");
}

#[test]
fn a_password_is_wanted_and_never_shown() {
    let words = ["ACL", "SETUSER", "cli-alice", "on", ">s3cret", "~*", "&*", "+@all"];
    ask(&url(), &words);
    let with = |user: &str| url().replace("redis://", &format!("redis://{user}@"));
    let (code, said, errors) = run(&with("cli-alice:s3cret"), "cli-alice", &["status"]);
    assert_eq!((code, errors.as_str()), (Some(1), ""));
    assert!(!said.contains("s3cret"), "{said}");
    let (code, said, errors) = run(&with("cli-alice:wr0ng"), "cli-alice", &["status"]);
    assert_eq!((code, said.as_str()), (Some(4), ""));
    assert!(errors.contains("password") && !errors.contains("wr0ng"), "{errors}");
}

#[test]
fn what_a_user_may_not_do_is_refused() {
    // Reads the state, and nothing else.
    ask(&url(), &["ACL", "SETUSER", "cli-bob", "on", ">pass", "resetchannels", "~*", "+hmget"]);
    let bob = url().replace("redis://", "redis://cli-bob:pass@");
    let words = ["invalidate", "shop.book", "7", "--yes"];
    for words in [&words[..], &["watch", "--count", "1"]] {
        let (code, _, errors) = run(&bob, "cli-bob", words);
        assert_eq!(code, Some(4), "{words:?}: {errors}");
        assert!(errors.contains("may not do this"), "{errors}");
    }
    let (code, said, errors) = run(&bob, "cli-bob", &["status"]);
    assert_eq!((code, errors.as_str()), (Some(1), ""));
    assert!(said.contains("listeners      not permitted"), "{said}");
}

/// Watches with the user of this name, and waits until it does.
fn watch(user: &str) -> Ends {
    ask(&url(), &["ACL", "SETUSER", user, "on", ">pass", "~*", "&*", "+@all"]);
    let with_user = url().replace("redis://", &format!("redis://{user}:pass@"));
    let mut command = gcache(&with_user, user, &["watch", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watch = Ends(command.spawn().expect("the command starts"));
    while json(&run(&url(), user, &["status", "--json"]).1)["listeners"] != 1 {
        assert!(watch.0.try_wait().expect("a process").is_none(), "it goes on");
    }
    watch
}

/// How a command ends: its exit code, its errors.
fn end(command: &mut Ends) -> (Option<i32>, String) {
    let mut errors = String::new();
    let mut output = command.0.stderr.take().expect("it has errors");
    output.read_to_string(&mut errors).expect("text");
    (command.0.wait().expect("a process").code(), errors)
}

#[test]
fn a_server_that_goes_away_ends_a_watch() {
    let mut watch = watch("cli-carol");
    ask(&url(), &["CLIENT", "KILL", "USER", "cli-carol"]);
    let (code, errors) = end(&mut watch);
    assert_eq!(code, Some(3), "{errors}");
    assert!(errors.contains("has closed the connection"), "{errors}");
}

#[test]
fn a_reader_that_wants_no_more_is_no_failure() {
    let mut watch = watch("cli-dave");
    drop(watch.0.stdout.take());
    assert_eq!(run(&url(), "cli-dave", &["invalidate", "shop.book", "7", "--yes"]).0, Some(0));
    assert_eq!(end(&mut watch), (Some(0), String::new()));

    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut status = gcache(&url(), "cli-dave", &["status"]);
    let status = status.stdout(writer).output().expect("the command starts");
    assert_eq!((status.status.code(), status.stderr), (Some(0), Vec::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_done_and_cannot_be_said_is_not_called_refused() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a full disk");
    let mut invalidate = gcache(&url(), "cli-full", &["invalidate", "shop.book", "7", "--yes"]);
    let said = invalidate.stdout(full).output().expect("the command starts");
    assert_eq!(said.status.code(), Some(5));
    assert_eq!(json(&run(&url(), "cli-full", &["status", "--json"]).1)["invalidations"], 1);
}
