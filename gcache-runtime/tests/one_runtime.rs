//! Two versions of the runtime in one program would share nothing: cargo refuses them.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

#[test]
fn cargo_refuses_two_versions_in_one_program() -> io::Result<()> {
    let program = env::temp_dir().join(format!("gcache-two-runtimes-{}", std::process::id()));
    let runtime = env!("CARGO_MANIFEST_DIR");
    let manifest = format!(
        "[package]\nname = \"program\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\ngcache-runtime = {{ path = {runtime:?} }}\n\
         other = {{ package = \"gcache-runtime\", path = \"other\" }}\n"
    );
    package(&program, &manifest)?;
    let other = "[package]\nname = \"gcache-runtime\"\nversion = \"99.0.0\"\nedition = \"2024\"\n\
                 links = \"gcache-runtime\"\n";
    package(&program.join("other"), other)?;
    fs::write(program.join("other/build.rs"), "fn main() {}\n")?;
    // So that nothing is looked for in a registry.
    fs::copy(Path::new(runtime).join("../Cargo.lock"), program.join("Cargo.lock"))?;
    let mut cargo = Command::new(env!("CARGO"));
    let answer = cargo.args(["metadata", "--offline", "--format-version", "1"]);
    let answer = answer.current_dir(&program).output()?;
    fs::remove_dir_all(&program)?;
    let message = String::from_utf8_lossy(&answer.stderr);
    assert!(!answer.status.success(), "cargo accepts two runtimes");
    assert!(message.contains("links to the native library `gcache-runtime`"), "{message}");
    Ok(())
}

/// A package without code.
fn package(folder: &Path, manifest: &str) -> io::Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/lib.rs"), "")
}
