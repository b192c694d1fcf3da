use gcache::{cache_against, group};

group!(Article: u64);

struct Error;

#[cache_against(Article(id), cache_err_if = |_| true)]
fn article(id: u64) -> Result<u64, Error> {
    Err(Error)
}

fn main() {}
