use gcache::{cache_against, depends_on, group};

group!(Viewer: u64);

#[cache_against(Viewer?(viewer))]
fn page(viewer: u64) -> u64 {
    depends_on!(Viewer?("seven"));
    viewer
}

fn main() {}
