//! Does nothing: cargo wants a build script of a package with `links`, by which it refuses a program with two runtimes.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
