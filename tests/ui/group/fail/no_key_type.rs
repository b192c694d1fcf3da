use gcache::group;

group!(Feed:);

fn main() {}
