use gcache::Invalidates;

#[derive(Invalidates)]
struct Book(u64, String);

fn main() {}
