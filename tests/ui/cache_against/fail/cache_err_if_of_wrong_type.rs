use gcache::{cache_against, group};

group!(Article: u64);

fn is_missing(error: &String) -> bool {
    error.is_empty()
}

#[cache_against(Article(id), cache_err_if = is_missing)]
fn article(id: u64) -> Result<u64, u64> {
    Err(id)
}

fn main() {}
