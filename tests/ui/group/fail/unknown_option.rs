use gcache::group;

group!(Feed: u64, title = "feed");

fn main() {}
