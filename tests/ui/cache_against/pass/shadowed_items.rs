//! Modules, types and traits beside the function, named as what the macro uses.
#![deny(warnings)]
#![allow(dead_code)]

mod models {
    #[derive(gcache::Invalidates)]
    pub struct Book {
        pub id: u64,
        #[group(index)]
        pub author: u64,
    }

    gcache::group!(pub Feed: u64);
}

mod shadows {
    use super::models::{Book, Feed};

    mod std {}
    mod core {}
    mod alloc {}
    mod gcache {}

    struct String;
    struct Vec;
    struct Option;
    struct Box;
    type Result = ();
    struct Call;
    struct Begun;
    struct Site;
    struct Group;
    struct IntoKey;
    struct Duration;

    #[allow(non_camel_case_types)]
    struct u64;

    // Unit structs, which as patterns would match instead of bind.
    #[allow(non_camel_case_types)]
    struct begun;
    #[allow(non_camel_case_types)]
    struct value;
    #[allow(non_camel_case_types)]
    struct miss;
    #[allow(non_camel_case_types)]
    struct config;

    trait Clone {
        fn clone(&self) {}
    }
    impl<T> Clone for T {}
    trait Shape {
        fn shape(&self) {}
        fn part(&self) {}
        fn begin(&self) {}
        fn into_key(&self) {}
    }
    impl<T> Shape for T {}

    fn part() {}
    fn checked() {}
    fn member() {}
    fn whole() {}
    fn drop() {}
    const SITE: () = ();
    static LEDGER: () = ();
    #[allow(unused_macros)]
    macro_rules! concat {
        () => {};
    }
    #[allow(unused_macros)]
    macro_rules! module_path {
        () => {};
    }

    #[::gcache::cache_against(Book, Feed(pk), "tag", ttl = "90s", capacity = 7)]
    pub fn view(pk: ::core::primitive::u64) -> ::std::string::String {
        ::std::format!("{pk}")
    }

    #[::gcache::cache_against(Book(author = pk), by(pk, title), max_weight = 7, weigh = weight)]
    pub async fn later(
        pk: ::core::primitive::u64,
        title: &str,
    ) -> ::core::result::Result<::core::primitive::u64, ::std::string::String> {
        let _ = title;
        ::core::result::Result::Ok(pk)
    }

    fn weight(weight: &::core::primitive::u64) -> ::core::primitive::u64 {
        *weight
    }

    #[derive(::gcache::Invalidates)]
    #[group(index(author, status))]
    pub struct Page {
        id: ::core::primitive::u64,
        #[group(index)]
        author: ::core::primitive::u64,
        status: ::std::string::String,
    }

    ::gcache::group!(pub News: ::std::string::String);
    ::gcache::group!(pub Rates);
}

fn main() {
    assert_eq!(shadows::view(7), "7");
    assert_eq!(shadows::view(7), "7");
    drop(shadows::later(7, "title"));
    let _ = (shadows::invalidate_page(7), shadows::invalidate_news("a"));
    let _ = shadows::invalidate_rates();
}
