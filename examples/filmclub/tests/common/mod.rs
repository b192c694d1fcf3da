//! A film club on two machines: two processes on two ports, over one database, linked by the server of `GCACHE_REDIS`.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// How long a machine may show what another one has changed: the bound of the club's links.
pub(crate) const BOUND: Duration = Duration::from_secs(1);

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// One of them.
pub(crate) struct Machine {
    /// As `http://127.0.0.1:8080`.
    pub(crate) address: String,
    process: Child,
    /// Open as long as it runs: it may say more.
    _output: BufReader<ChildStdout>,
}

/// Both, and the file between them, which is gone in the end.
pub(crate) struct Machines {
    pub(crate) one: Machine,
    pub(crate) other: Machine,
    pub(crate) redis: String,
    pub(crate) namespace: String,
    _file: TemporaryFile,
}

impl Machines {
    /// Opens a club of this name on both.
    pub(crate) async fn open(name: &str) -> Outcome<Self> {
        let redis = std::env::var("GCACHE_REDIS")
            .map_err(|_| "no GCACHE_REDIS: a server is started by `bash .ci/redis COMMAND`")?;
        let namespace = format!("filmclub-{name}-{}", std::process::id());
        let file = TemporaryFile(std::env::temp_dir().join(format!("{namespace}.sqlite")));
        let one = Machine::start(&redis, &namespace, &file.0).await?;
        let other = Machine::start(&redis, &namespace, &file.0).await?;
        Ok(Self { one, other, redis, namespace, _file: file })
    }
}

impl Machine {
    async fn start(redis: &str, namespace: &str, file: &Path) -> Outcome<Self> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_filmclub"))
            .args(["--port", "0", "--redis", redis, "--ns", namespace, "--database"])
            .arg(file)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut output = BufReader::new(process.stdout.take().ok_or("the club has an output")?);
        let mut line = String::new();
        while output.read_line(&mut line).await? > 0 {
            if let Some((_, address)) = line.split_once("is open at ") {
                let address = address.trim_end().to_owned();
                return Ok(Self { address, process, _output: output });
            }
            line.clear();
        }
        Err("the club has closed before it was open".into())
    }

    /// Closes it as Ctrl-C does, and waits for its end.
    pub(crate) async fn close(mut self) -> Outcome {
        let id = self.process.id().ok_or("it is running")?.to_string();
        Command::new("kill").args(["-INT", &id]).status().await?;
        let status = self.process.wait().await?;
        if status.success() { Ok(()) } else { Err(format!("it has closed with {status}").into()) }
    }
}

/// A file of SQLite, and those that it keeps beside it.
struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(end);
            // It may not be there.
            let _ = std::fs::remove_file(name);
        }
    }
}
