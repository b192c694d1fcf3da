use gcache::{Invalidates, invalidates};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

macro_rules! setter {
    ($name:ident) => {
        fn $name(&mut self, id: u64) {
            self.id = id;
        }
    };
}

#[invalidates]
impl Book {
    setter!(renumber);
}

fn main() {}
