use gcache::{Invalidates, cache_against, invalidate};

#[derive(Clone, Invalidates)]
struct Follow {
    #[group(key)]
    from: u64,
    #[group(key)]
    to: u64,
    #[group(index)]
    city: u64,
}

#[cache_against(Follow?(from, to))]
fn follows(from: u64, to: Option<String>) -> bool {
    invalidate!(Follow?(city = Some("Berlin")));
    true
}

fn main() {}
