use gcache::Invalidates;

#[derive(Invalidates)]
#[group(table = "film", index(budget, cast))]
struct Film {
    #[sqlx(skip)]
    id: u64,
    #[sqlx(default, flatten)]
    budget: (u64, u64),
    #[sqlx(json(nullable))]
    cast: Option<Vec<u64>>,
    #[group(index)]
    #[diesel(embed)]
    place: (u64, u64),
    #[sqlx(flatten)]
    rest: (u64, u64),
}

#[derive(Invalidates)]
#[sea_orm(table_name = "director")]
struct Model {
    #[sea_orm(primary_key)]
    id: u64,
    #[sea_orm(ignore)]
    #[group(index)]
    films: u64,
}

// Of no table: nobody asks for a column.
#[derive(Invalidates)]
struct Studio {
    #[sqlx(flatten)]
    id: (u64, u64),
    #[group(column = "name")]
    title: String,
    #[group(column = "")]
    empty: String,
}

fn main() {}
