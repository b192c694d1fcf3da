use gcache::group;

group!(Feed: &str);

group!(News: std::borrow::Cow<'_, str>);

fn main() {}
