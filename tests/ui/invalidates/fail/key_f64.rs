use gcache::Invalidates;

#[derive(Invalidates)]
struct Price {
    #[group(key)]
    amount: f64,
}

fn main() {}
