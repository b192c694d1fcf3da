//! Groups that are no models.
#![deny(warnings, missing_docs)]

use gcache::{cache_against, group};
use std::collections::BTreeSet;

group!(Feed: u64);
group!(Rates);
group!(News: String);
group!(pub Public: u64);
group!(pub(crate) Within);
group!(Trailing: u64,);
group!(TrailingRates,);
group!(Set: BTreeSet<(u64, Option<String>)>);
group!(Forever: &'static str);
group!(HTTPPage: u64, crate = gcache);
group!(Paths: std::path::PathBuf, crate = ::gcache,);

group! {
    /// Documented, with attributes.
    #[derive(Clone, Copy, PartialEq)]
    #[cfg(all())]
    Documented: u64
}

mod inside {
    gcache::group!(pub Deep: u64);
    gcache::group!(pub(super) Deeper);
}

#[cache_against(Feed(pk), Rates, News("a"), Public(pk), Within, Trailing, inside::Deep(pk))]
fn view(pk: u64) -> u64 {
    pk
}

#[cache_against(Set, Forever("a"), HTTPPage(7), Documented, inside::Deeper, TrailingRates)]
fn others() -> u64 {
    group!(Local: u64);
    let _ = invalidate_local(7);
    7
}

fn main() {
    for _ in 0..2 {
        assert_eq!(view(7), 7);
        assert_eq!(others(), 7);
    }
    assert_eq!(invalidate_feed(7).count(), 1);
    let _ = (invalidate_feed(&7), Feed::invalidate_all(), invalidate_rates());
    let _ = (invalidate_news("a"), invalidate_news(String::from("a")), News::invalidate_all());
    let _ = (invalidate_public(7), invalidate_within(), invalidate_trailing(7));
    let _ = (invalidate_set(BTreeSet::new()), invalidate_forever("a"), invalidate_http_page(7));
    let _ = (inside::invalidate_deep(7), inside::invalidate_deeper(), invalidate_documented(7));
    let _ = (invalidate_paths(std::path::PathBuf::new()), invalidate_trailing_rates());
}
