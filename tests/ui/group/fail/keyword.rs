use gcache::group;

group!(struct Feed);

group!("movies");

fn main() {}
