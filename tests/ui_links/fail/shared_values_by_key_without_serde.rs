use gcache::{cache_against, group};

group!(Book: u64);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Language {
    Danish,
}

#[cache_against(Book(id), shared_values, ttl = "1h")]
fn title(id: u64, language: Language) -> String {
    match language {
        Language::Danish => format!("bog {id}"),
    }
}

fn main() {
    title(7, Language::Danish);
}
