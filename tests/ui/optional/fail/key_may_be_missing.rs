use gcache::{cache_against, group};

group!(Viewer: u64);

#[cache_against(Viewer(viewer))]
fn page(viewer: Option<u64>) -> u64 {
    viewer.unwrap_or(0)
}

fn main() {}
