use gcache::Invalidates;

#[derive(Invalidates)]
struct Book<'a> {
    id: u64,
    title: &'a str,
}

fn main() {}
