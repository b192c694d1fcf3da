//! A connection that is lost, and a server that stands still: it costs a request no more than its budget, and later ones less.

use super::{BOOK, Found, Process, client, namespace};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The lines to the server, as it sees them.
type Lines = Arc<Mutex<Vec<SocketAddr>>>;

/// Forwards to the server while nobody holds the lock, and answers at which port.
fn proxy(gate: &Arc<Mutex<()>>, lines: &Lines) -> u16 {
    let redis::ConnectionAddr::Tcp(host, port) = client().get_connection_info().addr().clone()
    else {
        panic!("GCACHE_REDIS is not reached by TCP")
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let (gate, lines) = (Arc::clone(gate), Arc::clone(lines));
    thread::spawn(move || {
        for near in listener.incoming() {
            let (near, far) = (near.unwrap(), TcpStream::connect((host.as_str(), port)).unwrap());
            lines.lock().unwrap().push(far.local_addr().unwrap());
            let (back, forth) =
                ((far.try_clone().unwrap(), near.try_clone().unwrap()), (near, far));
            for (mut from, mut to) in [back, forth] {
                let gate = Arc::clone(&gate);
                thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    while let Ok(read @ 1..) = from.read(&mut bytes) {
                        drop(gate.lock().unwrap());
                        if to.write_all(&bytes[..read]).is_err() {
                            break;
                        }
                    }
                });
            }
        }
    });
    own
}

#[test]
fn a_server_that_stands_still_costs_a_budget_once_and_then_now_and_then() {
    let gate = Arc::default();
    let url = format!("redis://127.0.0.1:{}/?protocol=resp3", proxy(&gate, &Lines::default()));
    // Longer than a busy machine delays what does not wait.
    let budget = Duration::from_millis(500);
    let process = Process::by(redis::Client::open(url).unwrap(), &namespace(), budget);
    assert!(process.share("7", BOOK) && process.reads("7"));
    let closed = gate.lock().unwrap();
    let (begun, mut waited) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(4) {
        let asked = Instant::now();
        assert!(matches!(process.ask("7"), Found::Nothing));
        let took = asked.elapsed();
        assert!(took < budget + Duration::from_secs(5), "{took:?}");
        waited += u32::from(took >= budget);
    }
    // One after each pause: 0.1, 0.2, 0.4, 0.8 s, and its own budget.
    assert!((1..=6).contains(&waited), "{waited} requests waited");
    drop(closed);
    process.connect();
    assert!(process.reads("7"));
}

#[test]
fn a_lost_connection_is_opened_again() {
    let lines = Lines::default();
    let url = format!("redis://127.0.0.1:{}/?protocol=resp3", proxy(&Arc::default(), &lines));
    let budget = Duration::from_secs(5);
    let process = Process::by(redis::Client::open(url).unwrap(), &namespace(), budget);
    assert!(process.share("7", BOOK) && process.reads("7"));
    // Its own lines: other tests use the server, too.
    let line = *lines.lock().unwrap().last().unwrap();
    let _: u64 = redis::cmd("CLIENT")
        .arg(&["KILL", "ADDR", &line.to_string()])
        .query(&mut process.connection.lock().unwrap())
        .unwrap();
    process.connect();
    assert!(process.reads("7"));
    assert!(lines.lock().unwrap().len() > 1, "there is another line");
}
