use gcache::Invalidates;

#[derive(Invalidates)]
#[sea_orm(table_name = "book")]
struct Book {
    #[sea_orm(primary_kay)]
    isbn: u64,
    title: String,
}

fn main() {}
