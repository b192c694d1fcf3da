//! A server of the run's own, which it may stop, kill and start again.

use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// A Redis or Valkey on a port of loopback. Nothing of it is kept on a disk. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    program: PathBuf,
    threads: u8,
    address: SocketAddr,
    process: Child,
}

impl Server {
    /// Starts the program on a free port, with so many threads for connections.
    ///
    /// # Errors
    /// The program cannot be started, or answers nobody for ten seconds.
    pub fn start(program: &OsStr, threads: u8) -> io::Result<Self> {
        // Free at this moment; a server that does not get it says so and ends.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let program = PathBuf::from(program);
        let mut server =
            Self { process: launch(&program, threads, address)?, program, threads, address };
        server.wait()?;
        Ok(server)
    }

    /// Where it listens, after each restart too.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells it a command of words without spaces, and returns the first line of the answer.
    ///
    /// # Errors
    /// It does not answer.
    pub fn tell(&self, command: &str) -> io::Result<String> {
        tell(self.address, command)
    }

    /// Kills it, as `kill -9`.
    ///
    /// # Errors
    /// It cannot be killed.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }

    /// Starts it again, with nothing in it.
    ///
    /// # Errors
    /// It does not start.
    pub fn restart(&mut self) -> io::Result<()> {
        self.process = launch(&self.program, self.threads, self.address)?;
        self.wait()
    }

    /// Lets it stand still until [`Server::resume`].
    ///
    /// # Errors
    /// It has ended.
    pub fn pause(&self) -> io::Result<()> {
        signal(&self.process, Signal::STOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// It has ended.
    pub fn resume(&self) -> io::Result<()> {
        signal(&self.process, Signal::CONT)
    }

    fn wait(&mut self) -> io::Result<()> {
        let begun = Instant::now();
        while !tell(self.address, "PING").is_ok_and(|answer| answer == "+PONG") {
            if let Some(status) = self.process.try_wait()? {
                return Err(io::Error::other(format!(
                    "{} ended: {status}",
                    self.program.display()
                )));
            }
            if begun.elapsed() > PATIENCE {
                return Err(io::ErrorKind::TimedOut.into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn launch(program: &PathBuf, threads: u8, address: SocketAddr) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string()]);
    command.args(["--save", "", "--appendonly", "no", "--dir", "/"]);
    // Nobody writes such a file, which it would read.
    command.args(["--dbfilename", &format!("gcache-machines-{}.rdb", address.port())]);
    command.args(["--io-threads", &threads.to_string()]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// Sends a signal to a child.
///
/// # Errors
/// The child has ended.
pub fn signal(child: &Child, signal: Signal) -> io::Result<()> {
    let pid =
        i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::NotFound)?;
    Ok(kill_process(pid, signal)?)
}

fn tell(address: SocketAddr, command: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
