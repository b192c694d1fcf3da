#!/usr/bin/env bash
# tower-http 0.7.1, CompressionLayer: the 304 to a request has no Vary, and the 200 to the same request has one.
#
# RFC 9110, 15.4.5: a server that answers 304 "MUST generate any of the following header fields that would have been
# sent in a 200 (OK) response to the same request", Vary among them. The layer stands around a handler that answers
# If-None-Match. It adds `Vary: accept-encoding` to what it may pack, by the length of the body at hand, and a 304 has
# none. A HEAD whose body was taken off inside keeps the length of the plain body, for the same reason, where 8.6 wants
# the length that a GET would have, or none.
#
# Guessed: the layer says Vary with each response of a route that it packs, since the request decides there.
# Seen: the output below. What stands inside has to name Accept-Encoding with its 304 itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[workspace]
[dependencies]
http = "1"
http-body-util = "0.1"
tokio = { version = "1", features = ["macros", "rt"] }
tower = { version = "0.5", features = ["util"] }
tower-http = { version = "=0.7.1", default-features = false, features = ["compression-gzip"] }
TOML
cat > src/main.rs <<'RUST'
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use std::collections::VecDeque;
use std::convert::Infallible;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::compression::CompressionLayer;

type Body = Full<VecDeque<u8>>;

/// A page of 1,000 bytes, with what HTTP wants of it.
async fn page(request: Request<()>) -> Result<Response<Body>, Infallible> {
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|tag| tag == "W/\"1\"");
    let response = Response::builder().header(header::ETAG, "W/\"1\"").header(header::CONTENT_TYPE, "text/html");
    let response = if known {
        response.status(StatusCode::NOT_MODIFIED).body(Body::default())
    } else if request.method() == Method::HEAD {
        response.header(header::CONTENT_LENGTH, 1_000).body(Body::default())
    } else {
        response.header(header::CONTENT_LENGTH, 1_000).body(Body::new(vec![b'a'; 1_000].into()))
    };
    Ok(response.expect("a response"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for (method, tag) in [(Method::GET, "\"none\""), (Method::GET, "W/\"1\""), (Method::HEAD, "\"none\"")] {
        let request = Request::builder().method(method.clone()).header(header::ACCEPT_ENCODING, "gzip");
        let request = request.header(header::IF_NONE_MATCH, tag).body(()).expect("a request");
        let service = CompressionLayer::new().layer(service_fn(page));
        let response = service.oneshot(request).await.expect("it cannot fail");
        let show = |name| response.headers().get(name).map_or("none", |value| value.to_str().expect("text"));
        println!(
            "{method} {}: vary {}, content-encoding {}, content-length {}",
            response.status().as_u16(),
            show(header::VARY),
            show(header::CONTENT_ENCODING),
            show(header::CONTENT_LENGTH)
        );
    }
}
RUST
env -u CARGO_TARGET_DIR cargo run --quiet > answers.txt

diff - answers.txt <<'SEEN' || { echo "another output than was seen"; exit 1; }
GET 200: vary accept-encoding, content-encoding gzip, content-length none
GET 304: vary none, content-encoding none, content-length none
HEAD 200: vary none, content-encoding none, content-length 1000
SEEN
echo "as seen: tower-http 0.7.1 says Vary with a 200 to GET, and neither with its 304 nor with HEAD"
