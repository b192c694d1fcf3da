use gcache::group;

group!(Feed: u64);
group!(News: String);
group!(Rates);

fn change() {
    invalidate_feed("showbiz");
    invalidate_news(7);
    invalidate_rates(7);
}

fn main() {}
