use gcache::group;

group!(Feed: u64, 3);

group!(Rates Courses);

group!(News(u64));

group!(Pages<u64>);

fn main() {}
