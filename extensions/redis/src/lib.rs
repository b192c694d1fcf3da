// The README links to files. Of several definitions of a link the first counts: these lead to rustdoc.
//! [connect]: connect()
//! [several machines]: several_machines
#![doc = include_str!("../README.md")]

mod clock;
mod error;
mod link;
#[doc(hidden)]
pub mod machine;
#[doc(hidden)]
pub mod message;
mod options;
mod requests;
mod server;
mod session;
mod shared;
#[doc(hidden)]
pub mod shell;
mod status;
mod trouble;
#[doc(hidden)]
pub mod values;
mod wait;

/// What is promised and what is not, how to choose T, and how to run it: the page `docs/several-machines.md`.
#[cfg(doc)]
pub mod several_machines {
    #![doc = include_str!("../docs/several-machines.md")]
}

pub use error::{NotReady, StartError};
pub use gcache::link::{LinkError, Receipt, Unreachable};
pub use link::Link;
pub use options::{Options, WhenDown};
pub use status::Status;

/// Chooses the server of a link, by a URL: what is invalidated in one process is then invalidated in all that use it.
///
/// | URL | server |
/// | --- | --- |
/// | `redis://user:password@host:6379/0` | one server |
/// | `rediss://..` | the same by TLS, with the feature `tls` |
/// | `unix:///run/redis.sock`, `redis+unix://..` | the same by a socket |
/// | `redis+sentinel://a,b,c/NAME` | the primary that sentinels call NAME; a database may follow: `/NAME/0` |
/// | `redis+cluster://a,b/` | the primary of the namespace's slot, of a cluster with sharded channels (7.0) |
///
/// The two last ones by TLS: `rediss+sentinel://`, `rediss+cluster://`. A wrong URL is an error of
/// [`start`](Options::start).
///
/// ```no_run
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let link = gcache_redis::connect("redis://cache.internal/").namespace("shop").start()?;
/// link.ready_blocking(Duration::from_secs(5))?;
/// println!("{}", link.status());
/// # Ok(())
/// # }
/// ```
pub fn connect(url: impl Into<String>) -> Options {
    Options::new(url.into())
}
