use gcache::group;

group!(Feed: u64, name = "feed");

fn main() {}
