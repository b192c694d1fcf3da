use gcache::group;

group!(Empty());
group!(Untyped(id));
group!(Borrowed(id: &str));
group!(Twice(id: u64, id: u64));
group!(Float(id: f64));

fn main() {}
