//! Over a real connection, byte by byte.

mod common;

use axum::http::HeaderMap;
use axum::{
    Router,
    response::Html,
    routing::{get, post},
};
use common::Count;
use gcache::{group, invalidate_tag};
use gcache_axum::{NotStored, finish, pages, transactions};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

group!(Server);

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// The head and the body of the answer to a request, on a connection of its own.
async fn ask(address: SocketAddr, request: &str) -> (String, String) {
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    let request = format!("{request}host: films.example\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head.to_owned(), body.to_owned())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn pages_go_over_the_wire_as_they_should() {
    let count = Arc::new(Count::new());
    let runs = Arc::clone(&count);
    let pages = pages("server").against::<Server>().against_tag("server: tag").build();
    let handler = move || async move { Html(format!("<p>page {}</p>", runs.up())) };
    let address = serve(Router::new().route("/", get(handler)).layer(pages.clone())).await;

    let (head, body) = ask(address, "GET / HTTP/1.1\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert_eq!(body, "<p>page 1</p>");
    assert_eq!(header(&head, "content-length"), Some("13"));
    assert_eq!(header(&head, "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(header(&head, "cache-control"), Some("no-cache"));
    assert_eq!(head.matches("\r\ndate:").count(), 1, "{head}");
    let etag = header(&head, "etag").expect("an etag").to_owned();

    let (head, body) = ask(address, &format!("GET / HTTP/1.1\r\nif-none-match: {etag}\r\n")).await;
    assert!(head.starts_with("HTTP/1.1 304 Not Modified"), "{head}");
    assert_eq!((body.as_str(), header(&head, "etag")), ("", Some(etag.as_str())));

    let (head, body) = ask(address, "HEAD / HTTP/1.1\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert_eq!((body.as_str(), header(&head, "content-length")), ("", Some("13")));
    assert_eq!(count.get(), 1);

    invalidate_tag("server: tag");
    let (_, body) = ask(address, &format!("GET / HTTP/1.1\r\nif-none-match: {etag}\r\n")).await;
    assert_eq!(body, "<p>page 2</p>");
    assert_eq!((pages.stats().misses, pages.not_modified()), (2, 1));
}

#[tokio::test]
async fn a_host_on_the_request_line_and_another_below_fill_no_page() {
    let host = async |headers: HeaderMap| format!("{:?}", headers.get("host"));
    let pages = pages("server hosts").against::<Server>().build();
    let address = serve(Router::new().route("/", get(host)).layer(pages.clone())).await;
    // The line below names `films.example`.
    for host in ["evil.example", "films.example"] {
        ask(address, &format!("GET http://{host}/ HTTP/1.1\r\n")).await;
    }
    assert_eq!((pages.not_stored(NotStored::Host), pages.stats().misses), (1, 1));
    let (_, body) = ask(address, "GET / HTTP/1.1\r\n").await;
    assert_eq!((body.as_str(), pages.stats().hits), ("Some(\"films.example\")", 1));
}

#[tokio::test]
async fn a_visitor_who_hangs_up_changes_nothing() {
    let row = Arc::new(AtomicUsize::new(1));
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let write = {
        let (row, begun, go_on) = (Arc::clone(&row), Arc::clone(&begun), Arc::clone(&go_on));
        async move || {
            begun.notify_one();
            // The database is at it.
            go_on.notified().await;
            row.store(2, Ordering::SeqCst);
            invalidate_tag("server: row");
        }
    };
    let read = async move || row.load(Ordering::SeqCst).to_string();
    let pages = pages("server leaves").against_tag("server: row").build();
    let app = Router::new()
        .route("/", get(read).layer(pages))
        .route("/", post(write).layer(transactions()));
    let address = serve(app).await;
    assert_eq!(ask(address, "GET / HTTP/1.1\r\n").await.1, "1");

    let mut connection = TcpStream::connect(address).await.expect("a connection");
    let request = "POST / HTTP/1.1\r\nhost: films.example\r\ncontent-length: 0\r\n\r\n";
    connection.write_all(request.as_bytes()).await.expect("sent");
    begun.notified().await;
    drop(connection);
    // The server drops what it was doing for this one; no other test here leaves anything to go on.
    let goes_on = async {
        while finish::stats().running == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), goes_on).await.expect("it goes on");
    assert_eq!(ask(address, "GET / HTTP/1.1\r\n").await.1, "1");
    go_on.notify_one();
    finish::idle().await;
    assert_eq!(ask(address, "GET / HTTP/1.1\r\n").await.1, "2");
}
