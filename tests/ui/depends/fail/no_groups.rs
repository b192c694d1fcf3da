use gcache::Depends;

#[derive(Depends)]
struct Nothing {
    id: u64,
}

#[derive(Depends)]
#[depends]
struct Bare {
    id: u64,
}

fn main() {}
