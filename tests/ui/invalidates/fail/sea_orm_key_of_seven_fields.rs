use gcache::Invalidates;

#[derive(Invalidates)]
struct Seven {
    #[sea_orm(primary_key)]
    a: u8,
    #[sea_orm(primary_key)]
    b: u8,
    #[sea_orm(primary_key)]
    c: u8,
    #[sea_orm(primary_key)]
    d: u8,
    #[sea_orm(primary_key)]
    e: u8,
    #[sea_orm(primary_key)]
    f: u8,
    #[sea_orm(primary_key)]
    g: u8,
}

fn main() {}
