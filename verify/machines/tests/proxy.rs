//! The proxy does each thing that it is asked for, and nothing else.

use gcache_machines::proxy::{Fault, Proxy};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// A server that answers with what it is told, and says in a channel what that was.
fn echo() -> (std::net::SocketAddr, Receiver<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let tell = tell.clone();
            thread::spawn(move || {
                let mut byte = [0];
                while client.read_exact(&mut byte).is_ok() {
                    let _ = tell.send(byte[0]);
                    if client.write_all(&byte).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (address, told)
}

/// Long enough for a byte on loopback.
const SOON: Duration = Duration::from_millis(200);

fn client(proxy: &Proxy) -> TcpStream {
    let client = TcpStream::connect(proxy.address()).unwrap();
    client.set_read_timeout(Some(SOON)).unwrap();
    client
}

fn read(client: &mut TcpStream) -> io::Result<u8> {
    let mut byte = [0];
    client.read_exact(&mut byte).map(|()| byte[0])
}

fn is_late(answer: io::Result<u8>) -> bool {
    answer.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

#[test]
fn what_is_held_comes_later() {
    let (server, told) = echo();
    let proxy = Proxy::start(server, 1).unwrap();
    let mut client = client(&proxy);
    client.write_all(b"a").unwrap();
    assert_eq!(read(&mut client).unwrap(), b'a');
    assert_eq!(told.recv().unwrap(), b'a');
    for (fault, arrives) in
        [(Fault::Hold, false), (Fault::HoldRequests, false), (Fault::HoldReplies, true)]
    {
        proxy.set(fault);
        client.write_all(b"b").unwrap();
        assert!(is_late(read(&mut client)), "{fault:?}");
        assert_eq!(told.try_recv().is_ok(), arrives, "{fault:?}");
        proxy.set(Fault::None);
        client.set_read_timeout(None).unwrap();
        assert_eq!(read(&mut client).unwrap(), b'b', "{fault:?}");
        client.set_read_timeout(Some(SOON)).unwrap();
        if !arrives {
            assert_eq!(told.recv().unwrap(), b'b');
        }
    }
}

#[test]
fn what_is_delayed_comes_in_order() {
    let (server, _told) = echo();
    let proxy = Proxy::start(server, 1).unwrap();
    let mut client = client(&proxy);
    client.set_read_timeout(None).unwrap();
    proxy.set(Fault::Delay);
    for round in 0..3 {
        let begun = Instant::now();
        client.write_all(&[round]).unwrap();
        assert_eq!(read(&mut client).unwrap(), round);
        assert!(begun.elapsed() >= Duration::from_millis(20));
    }
}

#[test]
fn a_reset_closes_what_is_open_and_lets_others_in() {
    let (server, told) = echo();
    let proxy = Proxy::start(server, 1).unwrap();
    let mut first = client(&proxy);
    proxy.set(Fault::HoldReplies);
    first.write_all(b"a").unwrap();
    assert_eq!(told.recv().unwrap(), b'a');
    proxy.reset();
    proxy.set(Fault::None);
    // What was held is lost with the connection.
    assert!(!is_late(read(&mut first)));
    let mut second = client(&proxy);
    second.set_read_timeout(None).unwrap();
    second.write_all(b"b").unwrap();
    assert_eq!(read(&mut second).unwrap(), b'b');
}

#[test]
fn a_server_that_is_away_closes_the_connection() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = Proxy::start(gone, 1).unwrap();
    let mut client = client(&proxy);
    client.set_read_timeout(None).unwrap();
    assert!(read(&mut client).is_err());
}
