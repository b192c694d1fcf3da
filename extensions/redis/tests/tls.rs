//! A link by TLS: this test's own program is run with a certificate that it trusts, and without.
//! `bash .ci/redis --server redis --tls cargo test -p gcache-redis --features tls --test tls`
#![cfg(feature = "tls")]

use gcache::group;
use std::process::{Command, Output};
use std::time::Duration;

group!(Book: u64, name = "tls.book");

fn url() -> String {
    let url = std::env::var("GCACHE_REDIS_TLS");
    url.expect("there is no server: `bash .ci/redis --server redis --tls COMMAND` starts one")
}

/// One process, which prints what became of its link.
#[test]
fn process() {
    let Ok(patience) = std::env::var("TLS_PATIENCE") else { return };
    let patience = Duration::from_millis(patience.parse().unwrap());
    let link = gcache_redis::connect(url()).namespace("tls").start().unwrap();
    match link.ready_blocking(patience) {
        Ok(()) => {
            link.acknowledged_blocking(invalidate_book(1), patience).unwrap();
            link.fence_blocking(patience).unwrap();
            println!("linked");
        }
        Err(error) => println!("{error}"),
    }
}

/// Runs [`process`], which trusts the signers of this file, and those of the system if there is none.
fn run(trusted: Option<&str>, patience: &str) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "process", "--nocapture"]).env("TLS_PATIENCE", patience);
    command.env_remove("SSL_CERT_DIR").env_remove("SSL_CERT_FILE");
    if let Some(file) = trusted {
        command.env("SSL_CERT_FILE", file);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

#[test]
fn a_server_is_trusted_by_its_certificate() {
    url();
    let signer = std::env::var("GCACHE_REDIS_CA").unwrap();
    let said = run(Some(&signer), "20000");
    assert!(said.contains("linked"), "{said}");
    let said = run(None, "1500");
    assert!(!said.contains("linked") && said.contains("UnknownIssuer"), "{said}");
}
