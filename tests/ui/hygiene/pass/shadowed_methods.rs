//! Traits that every type has, with methods named as those that the macros or the library call.
#![deny(warnings)]

mod by_reference {
    #![allow(dead_code)]

    pub trait Everything {
        fn clone(&self) {}
        fn into(&self) {}
        fn drop(&self) {}
        fn begin(&self) {}
        fn run(&self) {}
        fn run_async(&self) {}
        fn part(&self) {}
        fn shape(&self) {}
        fn whole(&self) {}
        fn take(&self) {}
        fn end(&self) {}
        fn touched(&self) {}
        fn into_key(&self) {}
        fn into_parts(&self) {}
        fn take_touch(&self) {}
        fn end_value(&self) {}
        fn capacity(&self) {}
        fn max_weight(&self) {}
        fn ttl(&self) {}
        fn idle(&self) {}
        fn cache_if(&self) {}
        fn rows(&self) {}
        fn eq(&self) {}
        fn hash(&self) {}
        fn fmt(&self) {}
        fn deref(&self) {}
        fn to_owned(&self) {}
        fn borrow(&self) {}
    }

    impl<T: ?Sized> Everything for T {}
}

mod by_value {
    #![allow(dead_code)]

    pub trait Everything: Sized {
        fn clone(self) {}
        fn into(self) {}
        fn drop(self) {}
        fn begin(self) {}
        fn run(self) {}
        fn run_async(self) {}
        fn part(self) {}
        fn shape(self) {}
        fn whole(self) {}
        fn take(self) {}
        fn end(self) {}
        fn touched(self) {}
        fn into_key(self) {}
        fn into_parts(self) {}
        fn take_touch(self) {}
        fn end_value(self) {}
        fn capacity(self) {}
        fn max_weight(self) {}
        fn ttl(self) {}
        fn idle(self) {}
        fn cache_if(self) {}
        fn rows(self) {}
        fn eq(self) {}
        fn hash(self) {}
        fn fmt(self) {}
        fn deref(self) {}
        fn to_owned(self) {}
        fn borrow(self) {}
    }

    impl<T> Everything for T {}
}

macro_rules! all_macros {
    ($name:ident) => {
        pub mod $name {
            // Unused unless one of its methods is taken for another.
            #[allow(unused_imports)]
            use super::super::$name::Everything as _;

            #[derive(Clone, gcache::Invalidates)]
            #[group(index(author, status), index(author, status, year))]
            pub struct Book {
                pub id: u64,
                #[group(index)]
                pub author: u64,
                pub status: String,
                pub year: u16,
            }

            #[derive(Clone, gcache::Invalidates)]
            pub struct Line {
                #[group(key)]
                pub order: u64,
                #[group(key)]
                pub product: String,
            }

            gcache::group!(Feed: String);
            gcache::group!(Rates);

            #[gcache::cache_against(
                Book(pk),
                Book(author = pk),
                Line(pk, title),
                Feed(title),
                Rates,
                "tag",
                skip(year),
                by(pk, title, pk + 1, (pk, 1), String::from(title)),
                ttl = "90s",
                idle = "10s",
                capacity = 7,
                cache_if = |books: &Vec<Book>| Vec::len(books) < 7,
                results
            )]
            pub fn books(pk: u64, title: &str, year: u16) -> Vec<Book> {
                gcache::depends_on!(Book(pk), Feed(title));
                vec![Book { id: 1, author: pk, status: String::from(title), year }]
            }

            #[gcache::cache_against(Book, max_weight = 7, weigh = |_| 1_u64)]
            pub async fn count(pk: u64) -> Result<u64, String> {
                Ok(pk)
            }

            #[gcache::cache_against(Book)]
            pub fn plain(pk: u64) -> u64 {
                pk
            }

            #[gcache::cache_against(Book, cache_err)]
            pub fn everything(pk: u64) -> Result<u64, u8> {
                Ok(pk)
            }

            #[gcache::invalidates]
            impl Book {
                pub fn rename(&mut self, status: &str) {
                    self.status = String::from(status);
                }

                pub async fn give(&mut self, author: u64) -> u64 {
                    self.author = author;
                    author
                }
            }

            #[gcache::invalidates(result, Book(author = author), Feed("a"))]
            pub fn insert(author: u64) -> Vec<Book> {
                books(author, "a", 1)
            }

            pub fn end() -> usize {
                let ended = gcache::invalidate!(Book(1), Line(1, "a"), Book(author = 7, status = "a"), Feed("a"));
                ended.count() + invalidate_book_by_author_and_status_and_year(7, "a", 1).count()
            }
        }
    };
}

mod all {
    all_macros!(by_reference);
    all_macros!(by_value);
}

macro_rules! calls {
    ($name:ident) => {
        for _ in 0..2 {
            assert_eq!(all::$name::books(7, "a", 1).len(), 1);
            assert_eq!(all::$name::plain(7), 7);
            assert_eq!(all::$name::everything(7), Ok(7));
        }
        let mut book = all::$name::insert(7).remove(0);
        book.rename("b");
        assert_eq!(pollster::block_on(book.give(8)), 8);
        assert_eq!(pollster::block_on(all::$name::count(8)), Ok(8));
        assert!(all::$name::end() > 0);
    };
}

fn main() {
    calls!(by_reference);
    calls!(by_value);
}
