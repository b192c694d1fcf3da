//! Builds what is to be run, and says where it lies.

use cargo_metadata::Message;
use std::error::Error;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs `cargo` in `root`, and returns the programs that it has built, in the order of their names.
pub(crate) fn build(
    root: &Path,
    target: &Path,
    flags: &str,
    arguments: &[&str],
) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut cargo = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--release", "--quiet", "--message-format=json-render-diagnostics"])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", target)
        // A mutant changes a line or a few.
        .env("CARGO_INCREMENTAL", "1")
        // What a mutant leaves unused is no news.
        .env("RUSTFLAGS", format!("{flags} -Awarnings"))
        .stdout(Stdio::piped())
        .spawn()?;
    let output = cargo.stdout.take().ok_or("cargo has no output")?;
    let mut programs = Vec::new();
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerArtifact(artifact) = message? {
            programs.extend(artifact.executable.map(PathBuf::from));
        }
    }
    if cargo.wait()?.success() { Ok(programs) } else { Err("the copy does not compile".into()) }
}
