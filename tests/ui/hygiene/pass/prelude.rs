//! All that a program names, by one import, beside names of its own.
#![deny(warnings)]

mod model {
    use gcache::prelude::*;

    #[derive(Clone, Debug, Invalidates)]
    pub struct Book {
        pub id: u64,
        #[group(index)]
        pub author: u64,
    }

    group!(pub Feed: String);

    #[invalidates]
    impl Book {
        pub fn give(&mut self, author: u64) {
            self.author = author;
        }
    }
}

mod service {
    use super::model::{Book, Feed};
    use gcache::prelude::*;

    #[cache_against(Book(id), Feed(feed), Tag(format!("book {id}")))]
    pub fn view(id: u64, feed: &str) -> u64 {
        depends_on!(Book(author = 3));
        id + feed.len() as u64
    }

    pub fn change(book: &mut Book) {
        book.edit().author = 4;
        book.invalidate();
        invalidate!(Book(author = 3), "front page");
        invalidate_tag("front page");
        let transaction = Transaction::begin();
        transaction.enter(|| Book::invalidate_all());
        transaction.commit();
    }
}

// Names of the program's win over those of a glob.
mod own {
    use gcache::prelude::*;

    pub struct Tag;
    pub struct Transaction;

    #[invalidates("own")]
    pub fn both() -> (Tag, Transaction) {
        (Tag, Transaction)
    }
}

fn main() {
    let mut book = model::Book { id: 7, author: 3 };
    assert_eq!(service::view(7, "abc"), 10);
    service::change(&mut book);
    book.give(5);
    model::invalidate_feed("abc");
    let _ = own::both();
}
