//! Every macro within what another macro writes, with fragments of all kinds.
#![deny(warnings)]

use gcache::{Invalidates, cache_against, depends_on, group, invalidate, invalidates};

macro_rules! model {
    ($(#[$attribute:meta])* $vis:vis $name:ident { $key:ident: $ty:ty $(, $index:ident: $index_ty:ty)* }) => {
        #[derive(Clone, Debug, Invalidates)]
        $(#[$attribute])*
        $vis struct $name {
            #[group(key)]
            $key: $ty,
            $(#[group(index)] $index: $index_ty,)*
        }
    };
}

model!(
    #[group(name = "in_macros.book", index(author, status))]
    pub Book { isbn: String, author: u64, status: Option<u8> }
);
model!(Page { number: u64 });

/// A model whose fields are the tokens of another place.
macro_rules! model_of_tokens {
    ($name:ident { $($fields:tt)* }) => {
        #[derive(Clone, Debug, Invalidates)]
        struct $name {
            #[group(key)]
            id: u64,
            $($fields)*
        }
    };
}

model_of_tokens!(Line { #[group(key)] number: u32, #[group(index)] product: String });

macro_rules! groups {
    ($($vis:vis $name:ident: $key:ty),* ; $single:ident) => {
        $(group!($vis $name: $key);)*
        group!($single);
    };
}

groups!(pub Feed: String, Ids: &'static [u64], pub(crate) Shelf: (u64, u8); Rates);

macro_rules! cached {
    (
        $(#[$attribute:meta])*
        $vis:vis $name:ident($($parameter:ident: $ty:ty),*) -> $ret:ty $body:block
        by $($by:expr),+; groups $group:path, $model:ty, $key:expr, $tag:literal;
        ttl $ttl:literal capacity $capacity:expr
    ) => {
        $(#[$attribute])*
        #[cache_against(
            $group, $model, $model($key), $tag, by($($by),+),
            ttl = $ttl, capacity = $capacity, name = $tag
        )]
        $vis fn $name($($parameter: $ty),*) -> $ret $body
    };
}

cached!(
    /// Documented.
    #[must_use]
    pub view(pk: u64, title: &str) -> Result<String, u8> { Ok(format!("{pk}{title}")) }
    by pk, title.to_owned(); groups crate::Rates, Page, pk + 1, "tag";
    ttl "90s" capacity 1 + 1
);

macro_rules! with_flags {
    ($name:ident($($parameter:ident: $ty:ty),*) -> $ret:ty, $group:ident($key:expr) $(, $flag:ident)*) => {
        #[cache_against($group($key) $(, $flag)*)]
        fn $name($($parameter: $ty),*) -> $ret {
            $(let _ = &$parameter;)*
            Default::default()
        }
    };
}

with_flags!(one(number: u64) -> String, Page(number));
with_flags!(reference(number: &u64, title: &str) -> Option<u64>, Page(number));
with_flags!(result(number: u64) -> Wrapped, Page(number + 1), cache_err);

#[derive(Clone, Debug, Default, PartialEq)]
struct Wrapped(u64);

macro_rules! parameters_of_the_macro {
    ($name:ident) => {
        #[cache_against(Page(pk), by(pk, other))]
        async fn $name(pk: u64, other: &str) -> usize {
            let value = pk as usize;
            value + other.len()
        }
    };
}

parameters_of_the_macro!(inner);

macro_rules! later {
    ($name:ident, $pk:ident, $title:ident: $ty:ty, $($option:tt)*) => {
        #[cache_against(Page($pk), Feed($title), $($option)*)]
        async fn $name($pk: u64, $title: $ty, value: u64) -> usize {
            depends_on!(Page($pk), Page(value));
            $title.len() + $pk as usize + value as usize
        }
    };
}

later!(later, pk, title: &str, skip(value));

macro_rules! whole_item {
    ($item:item) => {
        #[cache_against(Page)]
        $item
    };
}

whole_item!(
    /// Documented.
    fn item(pk: u64) -> u64 {
        pk
    }
);

macro_rules! mutations {
    ($model:ty, $field:ident, $value:expr, $method:ident, $result:ty) => {
        #[invalidates]
        impl $model {
            fn $method(&mut self, change: $result) -> $result {
                self.$field = $value;
                change
            }
        }
    };
    (insert $name:ident, $row:ty, $make:expr, $group:ident($key:expr)) => {
        #[invalidates(result, $group($key))]
        fn $name() -> $row {
            $make
        }
    };
    (of $name:ident($parameter:ident), $group:path, $field:ident) => {
        #[invalidates($group($field = $parameter), crate = $crate::gcache)]
        fn $name($parameter: u64) {
            let _ = $parameter;
        }
    };
}

mutations!(Book, author, 7, give, u8);
mutations!(insert add, Option<Vec<Page>>, Some(vec![Page { number: 7 }]), Shelf((7, 8)));
mutations!(of settle(author), crate::Book, author);

macro_rules! lists {
    ($group:path, $field:ident, $value:expr, $tag:literal, $ty:ty) => {{
        depends_on!($group($field = $value), $tag, $ty($value));
        invalidate!($ty, $ty($value), $tag, $group($field = $value), crate = $crate::gcache)
    }};
}

mod gcache {
    pub use ::gcache::*;
}

fn main() {
    for _ in 0..2 {
        assert_eq!(view(7, "a"), Ok("7a".to_owned()));
        assert_eq!(pollster::block_on(later(7, "a", 1)), 9);
        assert_eq!(item(7), 7);
        assert_eq!((one(7), reference(&7, "a"), result(7)), (String::new(), None, Wrapped(0)));
        assert_eq!(pollster::block_on(inner(7, "a")), 8);
    }
    assert_eq!(gcache::of(view).name(), "tag");
    assert_eq!(gcache::of(view).len(), 1);
    Line { id: 1, number: 2, product: "pen".to_owned() }.invalidate();
    let mut book = Book { isbn: String::new(), author: 3, status: None };
    assert_eq!((book.give(1), book.author, book.status), (1, 7, None));
    assert_eq!(add().map(|pages| pages[0].number), Some(7));
    settle(7);
    assert!(lists!(crate::Book, author, 7, "tag", Page).count() > 0);
    let _ = (invalidate_book("a"), invalidate_book_by_author(7), invalidate_page(7));
    let _ = (invalidate_book_by_author_and_status(7, None), invalidate_feed("a"));
    let _ = (invalidate_ids(&[1, 2][..]), invalidate_shelf((1, 2)), invalidate_rates());
}
