//! Opens the film club: `cargo run -p filmclub`, then <http://127.0.0.1:8080>.

use clap::Parser;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;

/// A small web application on gcache: axum, SeaORM on SQLite, and templates.
#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1; 0 takes any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// The file with the films. Without it they are in memory.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
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
    let db = filmclub::connect(&match &options.database {
        Some(file) => format!("sqlite:{}?mode=rwc", file.display()),
        None => "sqlite::memory:".to_owned(),
    })
    .await?;
    filmclub::fill(&db).await?;
    println!("The film club is open at http://{}", listener.local_addr()?);
    match &options.database {
        Some(file) => println!("What visitors change is in {}. Ctrl-C closes it.", file.display()),
        None => println!("What visitors change is forgotten when it closes. Ctrl-C closes it."),
    }
    axum::serve(listener, filmclub::app(db)).with_graceful_shutdown(closed()).await?;
    Ok(())
}

/// Waits for Ctrl-C.
async fn closed() {
    // Where there is no such signal the club stays open until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
