//! The table and the columns that gcache reads from an entity's attributes are those that SeaORM asks for.
#![allow(unreachable_pub, reason = "SeaORM's derives have it")]
#![allow(non_snake_case, reason = "columns may be called so")]

use gcache::{Group, Table};
use sea_orm::{EntityName, Iterable};

/// An entity with names of fields that do not come back from camel case as they were, under `rename_all`.
macro_rules! entity {
    ($name:ident $(, $case:literal)?) => {
        mod $name {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
            #[sea_orm(schema_name = "shop", table_name = "films" $(, rename_all = $case)?)]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub film_id: i64,
                #[group(index)]
                pub address_1: i64,
                #[group(index)]
                pub address2: i64,
                #[group(index)]
                pub r#type: i64,
                #[group(index)]
                pub trailing_: i64,
                #[group(index)]
                pub madeBy: i64,
                #[group(index)]
                #[sea_orm(enum_name = "Writer")]
                pub written_by: i64,
                #[group(index)]
                #[sea_orm(enum_name = "Cut2")]
                pub cut_2: i64,
                #[group(index)]
                #[sea_orm(column_name = "directedBy")]
                pub directed_by: i64,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}

            #[test]
            fn has_the_columns_of_sea_orm() {
                super::compare::<Model, Entity, Column>();
            }
        }
    };
}

entity!(plain);
entity!(lower, "lowercase");
entity!(upper, "UPPERCASE");
entity!(snake, "snake_case");
entity!(camel, "camelCase");
entity!(mixed, "mixed_case");
entity!(pascal, "PascalCase");
entity!(old_pascal, "camel_case");
entity!(kebab, "kebab-case");
entity!(old_kebab, "kebab_case");
entity!(title, "title_case");
entity!(shouty, "SCREAMING_SNAKE_CASE");
entity!(old_shouty, "shouty_snake_case");
entity!(shouty_kebab, "SCREAMING-KEBAB-CASE");

fn compare<G, E, C>()
where
    G: Group,
    E: EntityName + Default,
    C: sea_orm::IdenStatic + Iterable,
{
    let table = Table::of::<G>().expect("SeaORM says which");
    let entity = E::default();
    let name = format!("{}.{}", entity.schema_name().unwrap_or_default(), entity.table_name());
    assert_eq!(table.name, name);
    let columns = std::iter::once(&table.key).chain(table.indexes).map(|columns| columns[0].name);
    let of_sea_orm: Vec<String> = C::iter().map(|column| column.as_str().to_owned()).collect();
    assert_eq!(columns.collect::<Vec<_>>(), of_sea_orm);
}
