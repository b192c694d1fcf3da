//! A proxy in front of the server that misbehaves on request.

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Nothing goes through, and nobody is told: what is on its way comes later.
    Hold,
    /// The same for what the clients say.
    HoldRequests,
    /// The same for what the server says.
    HoldReplies,
    /// What the server says comes later by 20 to 110 ms.
    Delay,
}

/// A proxy on loopback. It lasts as long as the process.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    fault: Fault,
    /// Both ends of each connection that may be open.
    open: Vec<TcpStream>,
    chances: SmallRng,
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Requests,
    Replies,
}

impl Proxy {
    /// Listens on a free port, and passes on to `server`. Delays follow from `seed`.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let chances = SmallRng::seed_from_u64(seed);
        let state = Mutex::new(State { fault: Fault::None, open: Vec::new(), chances });
        let shared = Arc::new(Shared { server, state, changed: Condvar::new() });
        let proxy = Self { address: listener.local_addr()?, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A server that is away: the client sees its connection closed.
                let _ = shared.connect(client);
            }
        });
        Ok(proxy)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets this go wrong from now on, and nothing else.
    pub fn set(&self, fault: Fault) {
        self.shared.state().fault = fault;
        self.shared.changed.notify_all();
    }

    /// Closes all connections, with what is on its way in them.
    pub fn reset(&self) {
        for stream in self.shared.state().open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        let server = TcpStream::connect(self.server)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        self.state().open.extend([client.try_clone()?, server.try_clone()?]);
        self.pump(client.try_clone()?, server.try_clone()?, Way::Requests);
        self.pump(server, client, Way::Replies);
        Ok(())
    }

    fn pump(self: &Arc<Self>, mut from: TcpStream, mut to: TcpStream, way: Way) {
        let shared = Arc::clone(self);
        thread::spawn(move || {
            let mut buffer = [0; 16_384];
            while let Ok(read @ 1..) = from.read(&mut buffer) {
                shared.misbehave(way);
                if to.write_all(&buffer[..read]).is_err() {
                    break;
                }
            }
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        });
    }

    /// Returns when what has been read may go on.
    fn misbehave(&self, way: Way) {
        let mut state = self.state();
        if state.fault == Fault::Delay && way == Way::Replies {
            let delay = Duration::from_millis(state.chances.random_range(20..110));
            drop(state);
            thread::sleep(delay);
            state = self.state();
        }
        while state.fault.holds(way) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Fault {
    fn holds(self, way: Way) -> bool {
        match self {
            Self::None | Self::Delay => false,
            Self::Hold => true,
            Self::HoldRequests => way == Way::Requests,
            Self::HoldReplies => way == Way::Replies,
        }
    }
}
