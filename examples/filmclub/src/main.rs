//! Opens the film club: `cargo run -p filmclub`, then <http://127.0.0.1:8080>.

use clap::Parser;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;

/// A small web application on gcache: axum, SeaORM on SQLite, and templates.
///
/// With `--redis`, any number of processes are one club, on ports of their own.
#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1; 0 takes any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// The Redis or Valkey by which several processes tell each other what has changed.
    #[arg(long, value_name = "URL")]
    redis: Option<String>,

    /// The name that these processes share there.
    #[arg(long, value_name = "NAME", default_value = "filmclub")]
    ns: String,

    /// The file with the films. Without it they are in memory or, with `--redis`, in a file beside the other temporary ones.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
}

impl Options {
    /// The file of the database; none if it is in memory.
    fn file(&self) -> Option<PathBuf> {
        let shared = || Some(std::env::temp_dir().join(format!("{}.sqlite", self.ns)));
        self.database.clone().or_else(|| self.redis.as_ref().and_then(|_| shared()))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match open(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the film club cannot open: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn open(options: Options) -> Result<(), Box<dyn Error>> {
    let port = options.port;
    let taken = |error| format!("{error} (port {port}; choose another with `--port`)");
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(taken)?;
    // Before anything is cached, and before the outbox tells what a process that was killed has left there.
    let link = match &options.redis {
        Some(url) => Some(gcache_redis::connect(url).namespace(&options.ns).start()?),
        None => None,
    };
    let file = options.file();
    let db = filmclub::connect(&match &file {
        Some(file) => format!("sqlite:{}?mode=rwc", file.display()),
        None => "sqlite::memory:".to_owned(),
    })
    .await?;
    filmclub::fill(&db).await?;
    if link.is_some() {
        gcache_sea_orm::outbox::open(&db).await?;
    }
    println!("The film club is open at http://{}", listener.local_addr()?);
    match &file {
        Some(file) => println!("What visitors change is in {}. Ctrl-C closes it.", file.display()),
        None => println!("What visitors change is forgotten when it closes. Ctrl-C closes it."),
    }
    axum::serve(listener, filmclub::app(db)).with_graceful_shutdown(closed()).await?;
    if let Some(link) = link {
        // What was invalidated last is told, too.
        link.close(PATIENCE).await?;
    }
    Ok(())
}

/// How long the last invalidations may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for Ctrl-C.
async fn closed() {
    // Where there is no such signal the club stays open until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
