use gcache::cache_against;

#[cache_against("movies", key = pk)]
fn movie(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
