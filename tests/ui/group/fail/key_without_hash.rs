use gcache::group;

#[derive(Clone, PartialEq, Eq)]
struct UserId(u64);

group!(Feed: UserId);

fn main() {}
