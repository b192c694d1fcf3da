use gcache::Invalidates;

#[derive(Invalidates)]
enum Book {
    Printed { id: u64 },
    Read { id: u64 },
}

fn main() {}
