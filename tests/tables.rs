//! Tables of groups: what a link that hears of changed rows knows of a model.

use gcache::{Column, Invalidates, Table, group};

/// The names of some columns, and of their fields where these differ.
fn names(columns: &[Column]) -> Vec<String> {
    let name = |column: &Column| match column {
        column if column.field == column.name => column.name.to_owned(),
        column => format!("{}: {}", column.field, column.name),
    };
    columns.iter().map(name).collect()
}

#[test]
fn a_group_says_its_table() {
    group!(Follow(followed: u64, r#type: u64), index(r#type, since: u16), index(followed), table = "shop.follow");

    let table = Table::of::<Follow>().unwrap();
    assert_eq!(
        (table.name, names(table.key)),
        ("shop.follow", vec!["followed".into(), "type".into()])
    );
    let indexes: Vec<_> = table.indexes.iter().map(|index| names(index)).collect();
    // In the order of the value.
    assert_eq!(indexes, [vec!["since", "type"], vec!["followed"]]);
}

#[test]
fn a_model_says_its_table_and_columns() {
    #[derive(Invalidates)]
    #[group(table = "book", index(author, year))]
    #[allow(dead_code)]
    struct Book {
        #[group(column = "isbn")]
        id: u64,
        #[group(index)]
        author: u64,
        #[group(column = "publishedIn")]
        year: u16,
    }

    let table = Table::of::<Book>().unwrap();
    assert_eq!((table.name, names(table.key)), ("book", vec!["id: isbn".to_owned()]));
    assert_eq!(names(table.indexes[0]), ["author"]);
    assert_eq!(names(table.indexes[1]), ["author", "year: publishedIn"]);
}

/// What other crates are told is not said twice.
#[test]
fn attributes_of_other_crates_are_read() {
    mod entity {
        #[derive(gcache::Invalidates)]
        #[sea_orm(schema_name = "shop", table_name = "film", rename_all = "camelCase")]
        #[allow(dead_code)]
        pub(crate) struct Model {
            #[sea_orm(primary_key, column_name = "film_id")]
            pub(crate) id: u64,
            #[group(index)]
            pub(crate) directed_by: u64,
            #[group(index, column = "studio")]
            pub(crate) made_by: u64,
        }
    }

    let table = Table::of::<entity::Model>().unwrap();
    assert_eq!((table.name, names(table.key)), ("shop.film", vec!["id: film_id".to_owned()]));
    assert_eq!(names(table.indexes[0]), ["directed_by: directedBy"]);
    assert_eq!(names(table.indexes[1]), ["made_by: studio"]);
}

/// The columns of a model's key and of its indexes, by their fields.
fn columns<G: gcache::Group>() -> Vec<String> {
    let table = Table::of::<G>().unwrap();
    std::iter::once(&table.key).chain(table.indexes).flat_map(|columns| names(columns)).collect()
}

#[test]
fn columns_are_those_of_sqlx() {
    #[derive(Invalidates, serde::Serialize)]
    #[group(table = "film")]
    #[sqlx(rename_all = "UPPERCASE")]
    #[serde(rename_all = "kebab-case")]
    #[allow(dead_code)]
    struct Film {
        #[serde(rename = "other")]
        id: u64,
        #[group(index)]
        #[sqlx(default, rename = "made-by")]
        studio: u64,
        #[group(index, column = "author")]
        #[sqlx(rename = "director")]
        directed_by: u64,
        #[sqlx(flatten)]
        budget: (),
        #[sqlx(json(nullable))]
        cast: Option<()>,
    }

    assert_eq!(columns::<Film>(), ["id: ID", "studio: made-by", "directed_by: author"]);
}

/// A word that is known to nobody is reported by its crate.
#[test]
fn columns_are_those_of_diesel() {
    #[derive(Invalidates)]
    #[group(table = "film")]
    #[diesel(table_name = films, rename_all = "?")]
    #[allow(dead_code)]
    struct Film {
        #[diesel(column_name = film_id)]
        id: u64,
        #[group(index)]
        #[diesel(column_name = "type")]
        kind: u64,
        #[diesel(embed)]
        budget: (),
    }

    assert_eq!(columns::<Film>(), ["id: film_id", "kind: type"]);
}

#[test]
fn a_declared_group_says_its_columns() {
    group!(
        Film(id: u64, column = "film_id", language: String),
        index(r#type: u8, column = "kind", studio: u64), index(studio), index(column: u8),
        table = "film",
    );

    let all = ["id: film_id", "language", "studio", "type: kind", "studio", "column"];
    assert_eq!(columns::<Film>(), all);
}

#[test]
fn without_a_word_there_is_none() {
    group!(Rates);
    group!(Feed(user: u64), index(city: u64));

    assert_eq!((Table::of::<Rates>(), Table::of::<Feed>()), (None, None));
}
