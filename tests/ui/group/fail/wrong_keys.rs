use gcache::{cache_against, group, invalidate};

group!(Article(id: u64, language: String), index(author: u64));

#[cache_against(Article(year = id))]
fn article(id: u64) -> u64 {
    id
}

fn change() {
    invalidate(&Article::row(7, "en"));
    invalidate(&Article::key("seven", "en"));
    invalidate!(Article(7), Article(id = 7));
}

fn main() {}
