//! Beside items that are named as anything the macros could write, every macro works.
#![deny(warnings)]

/// Modules, types that are structs, traits, functions, constants and macros.
mod structs {
    #![allow(dead_code, non_camel_case_types, non_upper_case_globals, unused_macros)]

    mod std {}
    mod core {}
    mod alloc {}
    mod gcache {}
    mod __private {}

    struct String;
    struct Vec;
    struct Box;
    struct Option;
    struct Result;
    struct Duration;
    struct Some;
    struct None;
    struct Ok;
    struct Err;
    struct u64;
    struct str;
    struct bool;

    struct Begun;
    struct Call;
    struct CallSite;
    struct Invalidated;
    struct Group;
    struct Groups;
    struct Index;
    struct Indexed;
    struct IndexBy;
    struct IntoKey;
    struct Key;
    struct ModelGenerations;
    struct Known;
    struct Generations;
    struct OnLeaving;
    struct Lookup;
    struct Row;
    struct Rows;
    struct Site;
    struct Tag;

    // Unit structs and constants, which as patterns match instead of bind.
    struct begun;
    struct change;
    struct miss;
    struct returned;
    struct guard;
    struct insert;
    struct invalidation;
    struct dependencies;
    const value: () = ();
    const config: () = ();

    // Traits of the prelude, and others that the macros may ask of a type. Nothing has them.
    trait AsMut {}
    trait AsRef {}
    trait AsyncFn {}
    trait AsyncFnMut {}
    trait AsyncFnOnce {}
    trait Clone {}
    trait Copy {}
    trait Default {}
    trait DoubleEndedIterator {}
    trait Drop {}
    trait Eq {}
    trait ExactSizeIterator {}
    trait Extend {}
    trait Fn {}
    trait FnMut {}
    trait FnOnce {}
    trait From {}
    trait FromIterator {}
    trait Future {}
    trait Hash {}
    trait Into {}
    trait IntoFuture {}
    trait IntoIterator {}
    trait Iterator {}
    trait Ord {}
    trait PartialEq {}
    trait PartialOrd {}
    trait Send {}
    trait Shape {}
    trait Sized {}
    trait Storable {}
    trait Sync {}
    trait ToOwned {}
    trait ToString {}
    trait TryFrom {}
    trait TryInto {}
    trait Unpin {}

    fn checked() {}
    fn drop() {}
    fn member() {}
    fn part() {}
    fn whole() {}
    fn invalidate() {}
    fn depends_on() {}
    fn begin_change() {}
    static GENERATIONS: () = ();
    static INDEXES: () = ();
    static SITE: () = ();

    macro_rules! concat {
        () => {};
    }
    macro_rules! module_path {
        () => {};
    }
    macro_rules! debug_assert {
        () => {};
    }

    type Text = ::std::string::String;
    type Number = ::core::primitive::u64;

    #[derive(::core::clone::Clone, ::gcache::Invalidates)]
    #[group(index(author, status))]
    pub struct Page {
        pub id: Number,
        #[group(index)]
        pub author: Number,
        pub status: Text,
    }

    #[derive(::gcache::Invalidates)]
    struct Line {
        #[group(key)]
        order: Number,
        #[group(key)]
        product: Text,
    }

    ::gcache::group!(pub News: Text);
    ::gcache::group!(pub Rates);

    #[::gcache::cache_against(
        Page(pk),
        Page(author = pk, status = "a"),
        Line(pk, "pen"),
        News("a"),
        Rates,
        "tag",
        results,
        ttl = "90s",
        max_weight = 7,
        weigh = weight,
        cache_if = is_worth_it
    )]
    pub fn page(pk: Number) -> ::core::option::Option<Page> {
        ::gcache::depends_on!(Page(author = pk), News("b"));
        ::core::option::Option::Some(Page { id: pk, author: pk, status: Text::new() })
    }

    fn weight(_: &::core::option::Option<Page>) -> Number {
        1
    }

    fn is_worth_it(_: &::core::option::Option<Page>) -> ::core::primitive::bool {
        true
    }

    #[::gcache::cache_against(Page, by(pk, title), cache_err)]
    pub async fn later(pk: Number, title: Text) -> ::core::result::Result<Number, Text> {
        ::core::result::Result::Err(title)
    }

    #[::gcache::invalidates]
    impl Page {
        pub fn rename(&mut self, status: Text) {
            self.status = status;
        }
    }

    impl Page {
        #[::gcache::invalidates]
        pub fn look(&self) -> Number {
            self.id
        }

        #[::gcache::invalidates]
        pub async fn give(&mut self, author: Number) -> ::core::result::Result<(), Text> {
            self.author = author;
            ::core::result::Result::Ok(())
        }
    }

    #[::gcache::invalidates(result, Page(pk), "tag")]
    pub fn insert_page(pk: Number) -> ::std::vec::Vec<Page> {
        ::std::vec::Vec::new()
    }

    pub fn end_all() {
        ::gcache::invalidate!(Page(7), Page(author = 7), News("a"), "tag", Rates);
    }
}

/// Types that are aliases, and an enum whose variants are in scope.
mod aliases {
    #![allow(dead_code, unused_imports)]

    use Words::*;

    type Result = ();
    type Option = ();
    type Vec = ();
    type Box = ();
    type String = ();
    type Self_ = ();

    enum Words {
        Some,
        None,
        Ok,
        Err,
        Hit,
        Miss,
    }

    #[derive(gcache::Invalidates)]
    struct Book {
        id: u64,
        #[group(index)]
        author: std::string::String,
    }

    gcache::group!(Feed: std::option::Option<u64>);

    #[gcache::cache_against(Book(pk), Book(author = "a"), Feed(std::option::Option::None), capacity = 7)]
    pub fn title(pk: u64) -> std::result::Result<u64, u8> {
        gcache::depends_on!("tag");
        std::result::Result::Ok(pk)
    }

    #[gcache::cache_against(Book)]
    pub async fn nothing() -> Result {}

    #[gcache::invalidates(result)]
    fn insert(id: u64) -> std::option::Option<Book> {
        std::option::Option::Some(Book { id, author: "a".to_owned() })
    }

    #[gcache::invalidates]
    impl Book {
        fn rename(&mut self) -> Result {
            self.author.clear();
        }
    }

    pub fn end() {
        insert(7).unwrap().rename();
        gcache::invalidate!(Book(7), Feed(std::option::Option::Some(7)));
        invalidate_book_by_author("a");
        invalidate_feed(std::option::Option::None);
    }
}

fn main() {
    assert!(structs::page(7).is_some());
    let mut page = structs::page(7).unwrap();
    page.rename("a".to_owned());
    assert_eq!(page.look(), 7);
    pollster::block_on(async {
        assert_eq!(structs::later(7, "a".to_owned()).await, Err("a".to_owned()));
        page.give(8).await.unwrap();
        aliases::nothing().await;
    });
    assert!(structs::insert_page(7).is_empty());
    structs::end_all();
    let _ = (structs::invalidate_page(7), structs::invalidate_page_by_author(7));
    let _ = (structs::invalidate_news("a"), structs::invalidate_rates());
    assert_eq!(aliases::title(7), Ok(7));
    aliases::end();
}
