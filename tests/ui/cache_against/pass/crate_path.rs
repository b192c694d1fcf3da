//! Where the library is, when it is re-exported or renamed.
#![deny(warnings)]

mod vendor {
    pub mod cache {
        pub use ::gcache::*;
    }
}

// No `::gcache` is needed by what stands here.
mod shop {
    use crate::vendor::cache::{self, Invalidates, cache_against, group};

    #[derive(Invalidates)]
    #[group(crate = crate::vendor::cache, index(author, status))]
    pub struct Book {
        pub id: u64,
        #[group(index)]
        pub author: u64,
        pub status: u8,
    }

    group!(pub Feed: String, crate = crate::vendor::cache);
    group!(pub Rates, crate = cache);

    #[cache_against(
        Book(pk),
        Book(author = pk),
        Feed("news"),
        Rates,
        "tag",
        crate = crate::vendor::cache,
        max_weight = 7,
        weigh = String::len
    )]
    pub fn view(pk: u64) -> String {
        pk.to_string()
    }

    #[cache_against(Book(pk), by(pk), crate = super::vendor::cache)]
    pub fn fallible(pk: u64) -> Result<u64, String> {
        Ok(pk)
    }

    #[cache_against(Book, crate = cache)]
    pub async fn later(title: &str) -> usize {
        title.len()
    }
}

macro_rules! cached {
    ($name:ident, $group:ty) => {
        #[gcache::cache_against(shop::Book(pk), crate = $crate::vendor::cache)]
        fn $name(pk: u64) -> u64 {
            pk
        }
    };
}

cached!(from_a_macro, shop::Book);

fn main() {
    for _ in 0..2 {
        assert_eq!(shop::view(7), "7");
        assert_eq!(shop::fallible(7), Ok(7));
        assert_eq!(from_a_macro(7), 7);
    }
    let _ = (shop::invalidate_book(7), shop::invalidate_feed("news"), shop::invalidate_rates());
    drop(shop::later("title"));
}
