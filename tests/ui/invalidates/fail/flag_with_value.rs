use gcache::Invalidates;

#[derive(Invalidates)]
#[group(no_helpers = true)]
struct Book {
    #[group(key = "id")]
    id: u64,
}

fn main() {}
