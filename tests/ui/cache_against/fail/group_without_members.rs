use gcache::cache_against;

gcache::group!(Rates);

#[cache_against(Rates(7))]
fn rate() -> u64 {
    7
}

fn main() {}
