use gcache::{cache_against, group};

group!(Book: u64);

#[cache_against(Book(id), shared_values)]
fn title(id: u64) -> String {
    format!("book {id}")
}

fn main() {
    title(7);
}
