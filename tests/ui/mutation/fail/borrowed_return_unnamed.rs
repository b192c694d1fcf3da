use gcache::{Invalidates, invalidates};

#[derive(Invalidates)]
struct Book {
    id: u64,
    pages: Vec<u64>,
}

#[invalidates]
impl Book {
    // That it borrows the row to change it is said by nothing that is written here.
    fn pages(&mut self) -> impl Iterator<Item = u64> {
        self.pages.iter_mut().map(|page| *page)
    }
}

fn main() {}
