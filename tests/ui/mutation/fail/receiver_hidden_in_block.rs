use gcache::{Invalidates, invalidates};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

type Row<'a> = &'a mut Book;

#[invalidates]
impl Book {
    fn alias(self: Row<'_>) {
        self.id = 1;
    }

    fn behind_a_box(self: std::rc::Rc<&mut Self>) {}

    fn by_its_name(self: Book) {}

    fn understood(&mut self) {}

    // Says what changes.
    #[invalidates(Book(self.id))]
    fn named(self: Row<'_>) {}
}

fn main() {}
