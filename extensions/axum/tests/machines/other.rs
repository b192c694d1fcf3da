//! The other machine: a server in a process of its own, and the requests that it is sent.

use gcache_axum::fenced;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use tokio::net::TcpListener;

/// Where the file is.
const FILE: &str = "GCACHE_MACHINES_FILE";

/// What its address comes after.
const SAYS: &str = "listens at ";

pub(crate) struct Other {
    address: String,
    _process: Process,
}

/// Ends with its input, which is closed when this process ends.
struct Process(#[allow(dead_code, reason = "held for its input")] Mutex<Child>);

impl Other {
    pub(crate) fn start(file: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "other::serves", "--nocapture"])
            .env(FILE, file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts once more");
        let output = BufReader::new(process.stdout.take().expect("an output"));
        let address = output.lines().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.split_once(SAYS)?;
            Some(address.to_owned())
        });
        Self { address: address.expect("it listens"), _process: Process(Mutex::new(process)) }
    }

    /// Makes a new edition there. Returns its number, and the cookie that the visitor got.
    pub(crate) fn change(&self) -> (u64, String) {
        let (head, body) = self.ask("POST");
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        (body, cookie.expect("a receipt").to_owned())
    }

    /// The edition that it shows.
    pub(crate) fn shown(&self) -> u64 {
        self.ask("GET").1
    }

    fn ask(&self, method: &str) -> (String, u64) {
        let mut server = TcpStream::connect(&self.address).expect("it listens");
        let head = "HTTP/1.1\r\nhost: other\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        write!(server, "{method} /book {head}").expect("it reads");
        let mut answer = String::new();
        server.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        (head.to_owned(), body.parse().unwrap_or_else(|_| panic!("{answer}")))
    }
}

/// Not a test, but what the other process does.
#[test]
fn serves() {
    let Some(file) = std::env::var_os(FILE) else { return };
    crate::start_link(&crate::redis());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.spawn(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("\n{SAYS}{}", listener.local_addr().expect("an address"));
        // Who looks there is to see all that was told.
        let app = crate::routes(file.into()).layer(fenced().by_receipt()).layer(fenced());
        axum::serve(listener, app).await.expect("it listens");
    });
    // Until the test has ended.
    let _ = std::io::stdin().read(&mut [0]);
    std::process::exit(0);
}
