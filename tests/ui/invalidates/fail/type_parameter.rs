use gcache::Invalidates;

#[derive(Invalidates)]
struct Book<T> {
    id: u64,
    extra: T,
}

fn main() {}
