//! Functions, methods and groups of one name in several places have nothing to do with each other.
#![deny(warnings)]

use gcache::{CachedFunction, Invalidates as _, cache_against, of};

mod first {
    gcache::group!(pub Feed: u64);

    #[derive(Clone, gcache::Invalidates)]
    pub struct Book {
        pub id: u64,
    }

    #[gcache::cache_against(Feed(pk), Book(pk))]
    pub fn view(pk: u64) -> &'static str {
        let _ = pk;
        "first"
    }
}

mod second {
    gcache::group!(pub Feed: u64);

    #[derive(Clone, gcache::Invalidates)]
    pub struct Book {
        pub id: u64,
    }

    #[gcache::cache_against(Feed(pk), Book(pk))]
    pub fn view(pk: u64) -> &'static str {
        let _ = pk;
        "second"
    }

    pub mod first {
        #[gcache::cache_against(super::Feed(pk), super::Book(pk))]
        pub fn view(pk: u64) -> &'static str {
            let _ = pk;
            "inner"
        }
    }
}

struct Shop;
struct Bank;

macro_rules! name_of {
    ($($owner:ident)*) => {
        $(impl $owner {
            #[cache_against(first::Book(pk))]
            fn view(pk: u64) -> &'static str {
                let _ = pk;
                stringify!($owner)
            }
        })*
    };
}

name_of!(Shop Bank);

/// Two of one name in two blocks of one function, of which neither sees the other.
fn local(which: bool) -> &'static str {
    if which {
        #[cache_against(first::Book(pk))]
        fn view(pk: u64) -> &'static str {
            let _ = pk;
            "if"
        }
        view(7)
    } else {
        #[cache_against(first::Book(pk))]
        fn view(pk: u64) -> &'static str {
            let _ = pk;
            "else"
        }
        view(7)
    }
}

fn main() {
    for _ in 0..2 {
        assert_eq!(first::view(7), "first");
        assert_eq!(second::view(7), "second");
        assert_eq!(second::first::view(7), "inner");
        assert_eq!((Shop::view(7), Bank::view(7)), ("Shop", "Bank"));
        assert_eq!((local(true), local(false)), ("if", "else"));
    }

    let memos = [of(first::view), of(second::view), of(second::first::view), of(Shop::view)];
    let names = memos.map(|memo: CachedFunction| memo.name());
    let krate = module_path!();
    assert_eq!(names[0], format!("{krate}::first::view"));
    assert_eq!(names[1], format!("{krate}::second::view"));
    assert_eq!(names[2], format!("{krate}::second::first::view"));
    for memo in &memos {
        assert_eq!((memo.len(), memo.stats().hits), (1, 1), "{}", memo.name());
    }

    // The first's groups are not the second's.
    first::invalidate_feed(7);
    first::view(7);
    second::view(7);
    assert_eq!((of(first::view).stats().misses, of(second::view).stats().misses), (2, 1));
    let book = second::Book { id: 7 };
    assert!(book.invalidate().count() > 0);
    first::view(book.id);
    second::view(book.id);
    assert_eq!((of(first::view).stats().misses, of(second::view).stats().misses), (2, 2));

    // Clearing one leaves the others.
    of(Shop::view).clear().expect("it was called");
    assert_eq!((of(Shop::view).len(), of(Bank::view).len()), (0, 1));
}
