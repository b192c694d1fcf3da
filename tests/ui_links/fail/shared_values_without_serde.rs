use gcache::{cache_against, group};

group!(Book: u64);

#[derive(Clone)]
struct Title(String);

#[cache_against(Book(id), shared_values, ttl = "1h")]
fn title(id: u64) -> Title {
    Title(format!("book {id}"))
}

#[cache_against(Book(id), shared_values, ttl = "1h")]
fn fallible(id: u64) -> Result<Vec<Title>, std::fmt::Error> {
    Ok(vec![title(id)])
}

fn main() {
    title(7);
    let _ = fallible(7);
}
