use gcache::Invalidates;

#[derive(Invalidates)]
struct Book<'a, T> {
    id: u64,
    title: &'a str,
    extra: T,
}

fn main() {}
