use gcache::Invalidates;

#[derive(Invalidates)]
struct Rates {}

fn main() {}
