//! Keys that SeaORM's attribute marks, where `#[group(key)]` marks none.
#![deny(warnings)]

use gcache::{Group, Invalidates};

#[derive(Invalidates)]
struct Single {
    id: u64,
    #[sea_orm(primary_key, auto_increment = false)]
    isbn: String,
}

#[derive(Invalidates)]
struct Compound {
    #[sea_orm(unique, primary_key)]
    film: i64,
    #[sea_orm(column_name = "actor_id")]
    #[sea_orm(primary_key)]
    actor: i64,
    #[group(index)]
    role: String,
}

#[derive(Invalidates)]
struct Overruled {
    #[sea_orm(primary_key)]
    row: i64,
    #[group(key)]
    slug: String,
}

/// None of these says that the field is the primary key.
#[derive(Invalidates)]
struct NotMeant {
    id: u64,
    #[sea_orm(column_type = "Text", comment = "primary_key", extra(primary_key))]
    one: u8,
    #[sea_orm]
    two: u8,
    #[sea_orm = "primary_key"]
    three: u8,
    #[sea_orm(not, "for", us + to, read!)]
    four: u8,
}

mod entity {
    /// What `#[sea_orm::model]` makes of one struct.
    #[derive(gcache::Invalidates)]
    #[sea_orm(table_name = "film")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub number: i64,
        #[group(index)]
        pub genre: String,
    }

    #[derive(gcache::Invalidates)]
    #[sea_orm(table_name = "film")]
    pub struct ModelEx {
        #[sea_orm(primary_key)]
        pub number: i64,
        #[group(index)]
        pub genre: String,
    }
}

fn key_of<G: Group<Key = K>, K>() {}

fn main() {
    key_of::<Single, String>();
    key_of::<Compound, (i64, i64)>();
    key_of::<Overruled, String>();
    key_of::<NotMeant, u64>();
    key_of::<entity::Model, i64>();
    invalidate_single("0-14-044913-9");
    invalidate_compound(1, 2);
    invalidate_compound_by_role("Iago");
    invalidate_overruled("othello");
    invalidate_not_meant(1);
    entity::invalidate_model(1);
    entity::invalidate_model_by_genre("drama");
    let row = NotMeant { id: 1, one: 1, two: 2, three: 3, four: 4 };
    let _ = (row.one, row.two, row.three, row.four);
    let single = Single { id: 1, isbn: String::new() };
    let overruled = Overruled { row: 1, slug: String::new() };
    let _ = (single.id, overruled.row);
    let extended = entity::ModelEx { number: 1, genre: String::new() };
    let _ = (extended.number, extended.genre);
}
