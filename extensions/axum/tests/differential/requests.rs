//! Requests at random.

use crate::empty;
use crate::handler::{Session, User};
use crate::random::Random;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, Method, Version};
use std::net::SocketAddr;

/// What is sent. All that is its sender's own holds `secret-` and its number.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) id: usize,
    pub(crate) method: Method,
    pub(crate) uri: String,
    version: Version,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) user: bool,
    session: bool,
    address: bool,
}

const METHODS: [Method; 8] = [
    Method::GET,
    Method::GET,
    Method::GET,
    Method::GET,
    Method::GET,
    Method::GET,
    Method::HEAD,
    Method::POST,
];
const PATHS: [&str; 8] = ["/p/", "/p/", "/p/", "/p/", "/old/q/", "/new/q/", "/all/a/", "/service/"];
const HOSTS: [&str; 4] = ["one.example", "ONE.example", "two.example", "one.example:80"];
const QUERY: [&str; 12] = [
    "page=1",
    "page=2",
    "%70age=1",
    "page=1%26q%3D2",
    "q=a+b",
    "q=a%20b",
    "q",
    "q=%FF",
    "utm=1",
    "utm=2",
    "",
    "page=",
];
const THEMES: [&[u8]; 14] = [
    b"theme=dark",
    b"theme=dark",
    b"theme=light",
    b"theme=\"dark\"",
    b" theme = dark ",
    b"%74heme=x",
    b"theme=d%61rk",
    b"theme=d\xE4rk",
    b"theme",
    b"theme=",
    b"=theme",
    b"Theme=dark",
    b"theme=a=b",
    b"lang=de",
];

impl Sent {
    pub(crate) fn at_random(random: &mut Random, id: usize) -> Self {
        // Many ask for the same, so that there is something to be shown what is another's.
        let is_plain = random.one_in(2);
        let path = format!("{}{}", random.pick(&PATHS), random.below(14));
        // A route that a phone is led away from has no parameter that could be bad.
        let is_bad = random.one_in(60) && !path.starts_with("/service");
        let path = if is_bad { format!("{path}%FF") } else { path };
        let query: Vec<_> = (0..random.below(4)).map(|_| *random.pick(&QUERY)).collect();
        let query = if is_plain || random.one_in(3) {
            String::new()
        } else {
            format!("?{}", query.join("&"))
        };
        let absolute = !is_plain && random.one_in(5);
        let host = if is_plain { HOSTS[0] } else { *random.pick(&HOSTS) };
        let uri = format!("{path}{query}");
        let uri = if absolute { format!("http://{host}{uri}") } else { uri };
        let mut sent = Self {
            id,
            method: random.pick(&METHODS).clone(),
            uri,
            version: *random.pick(&[
                Version::HTTP_11,
                Version::HTTP_11,
                Version::HTTP_10,
                Version::HTTP_2,
            ]),
            headers: Vec::new(),
            user: random.one_in(2),
            session: random.one_in(2),
            address: random.one_in(2),
        };
        match random.below(12) {
            _ if is_plain => sent.add("host", host.as_bytes()),
            0 if absolute => {}
            1 => sent.add("host", random.pick(&HOSTS).as_bytes()),
            2 => (0..2).for_each(|_| sent.add("host", host.as_bytes())),
            3 => sent.add("host", b"\xF6ne.example"),
            _ => sent.add("host", host.as_bytes()),
        }
        sent.add_cookies(random, is_plain);
        sent.add_headers(random, is_plain);
        sent
    }

    fn add(&mut self, name: &'static str, value: &[u8]) {
        self.headers.push((name, value.to_vec()));
    }

    fn add_cookies(&mut self, random: &mut Random, is_plain: bool) {
        for _ in 0..random.below(3) {
            let some = if is_plain { &THEMES[..1] } else { &THEMES[..] };
            let mut pairs: Vec<Vec<u8>> = (0..random.below(if is_plain { 2 } else { 4 }))
                .map(|_| random.pick(some).to_vec())
                .collect();
            if random.one_in(2) {
                pairs.push(format!("session=secret-{}", self.id).into());
            }
            if random.one_in(8) {
                pairs.push(b"bad=\xFF".to_vec());
            }
            let line = pairs.join(random.pick(&["; ", ";", " ;"]).as_bytes());
            self.add("cookie", &line);
        }
    }

    fn add_headers(&mut self, random: &mut Random, is_plain: bool) {
        let secret = format!("secret-{}", self.id);
        for name in ["x-forwarded-for", "user-agent", "referer", "baggage", "x-correlation-id"] {
            if random.one_in(2) {
                self.add(name, secret.as_bytes());
            }
        }
        for (name, values, chances) in [
            ("accept-language", ["de", "en"], 2),
            ("accept-language", ["fr", "en"], 8),
            ("x-forwarded-host", ["evil.example", "one.example"], 4),
            ("accept", ["text/html", "*/*"], 2),
            ("accept-encoding", ["gzip", "br"], 2),
            ("x-phone", ["1", "0"], 3),
            ("if-none-match", ["\"x\"", "W/\"y\""], 6),
            ("if-modified-since", ["Sat, 29 Oct 1994 19:43:31 GMT", "no date"], 8),
            ("range", ["bytes=0-1", "bytes=2-"], 20),
            ("upgrade", ["websocket", "h2c"], 30),
        ] {
            let tells_apart = ["accept-language", "x-forwarded-host", "x-phone"].contains(&name);
            if random.one_in(chances) && !(is_plain && tells_apart) {
                self.add(name, random.pick(&values).as_bytes());
            }
        }
        if random.one_in(15) {
            self.add("authorization", secret.as_bytes());
        }
    }

    pub(crate) fn request(&self) -> Request {
        let mut request = empty();
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.parse().expect("a URI");
        *request.version_mut() = self.version;
        for (name, value) in &self.headers {
            let value = HeaderValue::from_bytes(value).expect("a value");
            request.headers_mut().append(HeaderName::from_static(name), value);
        }
        let secret = format!("secret-{}", self.id);
        let extensions = request.extensions_mut();
        if self.user {
            extensions.insert(User(secret.clone()));
        }
        if self.session {
            extensions.insert(Session(secret));
        }
        if self.address {
            let port = 1 + u16::try_from(self.id % 60_000).expect("a port");
            extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], port))));
        }
        request
    }
}
