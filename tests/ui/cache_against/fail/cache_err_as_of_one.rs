use gcache::{cache_against, group};

group!(Article: u64);

fn missing(error: &u64) -> Option<u64> {
    Some(*error)
}

#[cache_against(Article(id), cache_err_as(missing))]
fn article(id: u64) -> Result<u64, u64> {
    Err(id)
}

#[cache_against(Article(id), cache_err_as = missing)]
fn assigned(id: u64) -> Result<u64, u64> {
    Err(id)
}

#[cache_against(Article(id), cache_err, cache_err_as(missing, |it| it))]
fn twice(id: u64) -> Result<u64, u64> {
    Err(id)
}

#[cache_against(Article(id), cache_err_if = |error| *error == id)]
fn of_a_parameter(id: u64) -> Result<u64, u64> {
    Err(id)
}

fn main() {}
