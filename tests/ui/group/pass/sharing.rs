//! What a group says of who else learns of it.
#![deny(warnings)]

use gcache::{Invalidates, group};

group!(pub Feed: u64, name = "shop.feed");
group!(pub Session: String, local);
group!(pub Account: String, name = "shop.account", secret, crate = gcache);
group!(Rates, crate = ::gcache, name = "shop.rates",);

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Unwritten(u8);

group!(pub Odd: Unwritten);

#[derive(Invalidates)]
#[group(name = "shop.visit", local, index(page, user))]
struct Visit {
    id: u64,
    #[group(index)]
    page: u64,
    user: u64,
}

#[derive(Invalidates)]
#[group(secret)]
struct Patient {
    #[group(key)]
    number: Unwritten,
    #[group(index)]
    key: String,
}

fn main() {
    invalidate_feed(7);
    invalidate_session("7");
    invalidate_account("ann");
    invalidate_rates();
    invalidate_odd(Unwritten(7));
    Visit { id: 7, page: 1, user: 2 }.invalidate();
    Patient { number: Unwritten(7), key: String::new() }.invalidate();
    gcache::stats();
}
