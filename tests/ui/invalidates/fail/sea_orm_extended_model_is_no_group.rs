use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
#[sea_orm(table_name = "book")]
pub struct ModelEx {
    #[sea_orm(primary_key)]
    isbn: u64,
}

#[cache_against(ModelEx(isbn))]
fn view(isbn: u64) -> u64 {
    isbn
}

fn main() {}
