use gcache::cache_against;

#[cache_against]
fn bare(pk: u64) -> String {
    pk.to_string()
}

#[cache_against()]
fn empty(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(ttl = "90s")]
fn time_is_no_group(pk: u64) -> String {
    pk.to_string()
}

fn main() {
    let _: [String; 3] = [bare(1), empty(2), time_is_no_group(3)];
}
