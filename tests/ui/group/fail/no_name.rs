use gcache::group;

group!();

group!(pub);

group!(: u64);

fn main() {}
