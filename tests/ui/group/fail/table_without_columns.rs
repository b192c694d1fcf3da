use gcache::{Invalidates, group};

group!(Feed: u64, table = "feed");
group!(Rates, table = "rates");
group!(Nameless(id: u64), table = "");
group!(Local(id: u64), table = "local", local);

#[derive(Invalidates)]
#[group(table = "book", local)]
struct Book {
    #[group(column)]
    id: u64,
    #[group(table = "author")]
    author: u64,
}

fn main() {}
