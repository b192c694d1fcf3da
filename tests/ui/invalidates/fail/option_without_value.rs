use gcache::Invalidates;

#[derive(Invalidates)]
#[group(name)]
struct Nothing {
    id: u64,
}

#[derive(Invalidates)]
#[group(name = shop)]
struct NoText {
    id: u64,
}

#[derive(Invalidates)]
#[group(crate = "gcache")]
struct NoPath {
    id: u64,
}

fn main() {}
