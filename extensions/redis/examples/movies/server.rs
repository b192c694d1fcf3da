//! A Valkey or Redis of the example's own, on a free port of loopback.

use std::env;
use std::error::Error;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a server's program may be called.
const NAMES: [&str; 2] = ["valkey-server", "redis-server"];

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// What to do where there is none.
const NONE: &str = "there is no Valkey or Redis: neither `valkey-server` nor `redis-server` is in PATH.\n\
    Install one (`apt-get install redis-server`, `brew install valkey`), or name its program in GCACHE_REDIS_SERVER.\n\
    From the repository, `bash .ci/redis cargo run --release -p gcache-redis --example movies` brings one along.";

/// It keeps nothing on a disk, and ends when it is dropped.
pub(crate) struct Server {
    process: Child,
    url: String,
    version: String,
}

impl Server {
    /// Starts the server that is installed, and waits until it answers.
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let program = find().ok_or(NONE)?;
        // Free at this moment. A server that does not get it says so and ends.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new(&program);
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""]);
        command.args(["--appendonly", "no", "--dir"]).arg(env::temp_dir());
        // Nobody writes such a file, which it would read.
        command.args(["--dbfilename", &format!("gcache-movies-{port}.rdb")]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let process =
            process.map_err(|error| format!("{} cannot start: {error}", program.display()))?;
        let url = format!("redis://127.0.0.1:{port}/");
        let mut server = Self { process, url, version: String::new() };
        server.version = server.wait()?;
        Ok(server)
    }

    /// Waits for its first answer: what it is.
    fn wait(&mut self) -> Result<String, Box<dyn Error>> {
        let begun = Instant::now();
        loop {
            let client = redis::Client::open(&*self.url)?;
            let info = client.get_connection().and_then(|mut it| {
                redis::cmd("INFO").arg("server").query::<redis::InfoDict>(&mut it)
            });
            match info {
                Ok(info) => {
                    let field = |name: &str| info.get::<String>(name);
                    let valkey = field("valkey_version").map(|version| format!("Valkey {version}"));
                    let redis = || field("redis_version").map(|version| format!("Redis {version}"));
                    return Ok(valkey.or_else(redis).unwrap_or_else(|| "an unknown server".into()));
                }
                Err(error) if begun.elapsed() > PATIENCE => return Err(error.into()),
                Err(_) => {}
            }
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("the server has ended: {status}").into());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What it is, such as `Valkey 9.1.2`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program of a server: the one that is named, or the first in the path.
fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("GCACHE_REDIS_SERVER") {
        return Some(named.into());
    }
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    NAMES.iter().find_map(|name| folders.iter().map(|at| at.join(name)).find(|file| file.is_file()))
}
