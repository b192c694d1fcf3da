use gcache::{cache_against, group};

group!(Book: u64);

#[cache_against(Book(id), shared_values, ttl = "1h")]
fn title(id: u64) -> &'static str {
    if id == 7 { "seven" } else { "another" }
}

fn main() {
    title(7);
}
