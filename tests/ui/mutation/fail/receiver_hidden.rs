use gcache::{Invalidates, invalidates};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

type Row<'a> = &'a mut Book;

impl Book {
    #[invalidates]
    fn alias(self: Row<'_>) {
        self.id = 1;
    }

    #[invalidates]
    fn name_alone(self: Book) {}

    #[invalidates]
    fn behind_a_box(self: Box<&mut Self>) {}

    // Says what changes.
    #[invalidates(Book(self.id))]
    fn named(self: Row<'_>) {}
}

fn main() {}
