use gcache::{cache_against, depends_on, group, invalidate};

group!(Viewer: u64);

#[cache_against(Viewer?)]
fn page(viewer: Option<u64>) -> u64 {
    depends_on!(Viewer?());
    invalidate!("viewers"?);
    viewer.unwrap_or(0)
}

fn main() {}
