//! The tables that a cached query reads, wherever they stand in it.

mod common;

use common::entities::{director, film};
use common::{World, not_named};
use gcache_sea_orm::{Cacheable as _, CacheableRaw as _, Error, by_index, tag};
use sea_orm::sea_query::{
    CommonTableExpression, Expr, ExprTrait as _, Func, OverStatement as _, SelectStatement,
    WindowStatement, WithClause,
};
use sea_orm::{
    ColumnTrait as _, Condition, DbBackend, DbErr, EntityTrait as _, IntoActiveModel as _,
    JoinType, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    RelationTrait as _, Select, Set, Statement,
};

type Films = Select<film::Entity>;

fn films() -> Films {
    film::Entity::find().order_by_asc(film::Column::Id)
}

fn ids(films: &[film::Model]) -> Vec<i64> {
    films.iter().map(|film| film.id).collect()
}

/// `SELECT id FROM director WHERE name = 'Kubrick'`.
fn kubrick() -> SelectStatement {
    let kubrick = director::Entity::find().filter(director::Column::Name.eq("Kubrick"));
    kubrick.select_only().column(director::Column::Id).into_query()
}

/// Is 1 as long as there is a Kubrick, and 0 without one.
fn there_is_kubrick() -> Expr {
    let exists = Expr::exists(kubrick());
    Expr::case(exists, 1).finally(0).into()
}

/// All films, with something done to the statement that SeaORM has no method for.
fn with(change: impl FnOnce(&mut SelectStatement)) -> Films {
    let mut films = films();
    change(sea_orm::QueryTrait::query(&mut films));
    films
}

async fn rename(world: &World, id: i64, name: &str) -> Result<(), DbErr> {
    let director = director::Entity::find_by_id(id).one(&world.db).await?.expect("it is there");
    let mut director = director.into_active_model();
    director.name = Set(name.to_owned());
    director.update(&world.db).await?;
    Ok(())
}

/// Asserts that `films`, which asks the directors somewhere, is refused without them, and with them ends when
/// the last Kubrick is renamed: the answer is `before` that and `after` it.
async fn assert_directors_are_seen(
    place: &str,
    films: impl Fn() -> Films,
    before: &[i64],
    after: &[i64],
) -> Result<(), DbErr> {
    let world = World::new().await;
    let (table, _) = not_named(films().cached().all(&world.db).await);
    assert_eq!(table.to_lowercase(), "director", "{place}");
    assert_eq!(world.asked(), 0, "{place}");
    let look = async || {
        let films = films().cached().and::<director::Model>().all(&world.db).await?;
        Ok::<_, DbErr>(ids(&films))
    };
    assert_eq!((look().await?, look().await?), (before.to_vec(), before.to_vec()), "{place}");
    assert_eq!(world.asked(), 1, "{place}");
    rename(&world, 2, "Stanley").await?;
    assert_eq!(look().await?, after, "{place}");
    Ok(())
}

#[tokio::test]
async fn a_table_in_a_having_is_seen() -> Result<(), DbErr> {
    let films = || films().group_by(film::Column::Id).having(there_is_kubrick().eq(1));
    assert_directors_are_seen("HAVING", films, &[1, 2, 3, 4], &[]).await
}

#[tokio::test]
async fn a_table_in_the_condition_of_a_join_is_seen() -> Result<(), DbErr> {
    // The film is joined with itself, under a condition that asks the directors.
    let films = || {
        with(|query| {
            let condition = Expr::cust("film.id = again.id").and(there_is_kubrick().eq(1));
            query.join_as(JoinType::InnerJoin, film::Entity, "again", condition);
        })
    };
    assert_directors_are_seen("JOIN .. ON", films, &[1, 2, 3, 4], &[]).await?;
    // As SeaORM writes it: the relation has a condition of its own.
    let films = || {
        let relation = film::Relation::Casting.def().on_condition(|_, casting| {
            let asks = Expr::col((casting, common::entities::casting::Column::FilmId)).gt(0);
            Condition::all().add(asks).add(there_is_kubrick().eq(1))
        });
        films().join(JoinType::LeftJoin, relation).filter(Expr::cust("casting.role IS NOT NULL"))
    };
    let world = World::new().await;
    let films = films().cached().and::<common::entities::casting::Model>();
    assert_eq!(not_named(films.all(&world.db).await).0, "director");
    Ok(())
}

#[tokio::test]
async fn a_table_in_an_order_is_seen() -> Result<(), DbErr> {
    let films = || {
        with(|query| {
            let sign = there_is_kubrick().mul(2).sub(1);
            query.clear_order_by().order_by_expr(Expr::cust("film.id").mul(sign), Order::Asc);
        })
    };
    assert_directors_are_seen("ORDER BY", films, &[1, 2, 3, 4], &[4, 3, 2, 1]).await
}

#[tokio::test]
async fn a_table_in_a_grouping_is_seen() -> Result<(), DbErr> {
    let films = || {
        with(|query| {
            query.add_group_by([Expr::cust("film.id").mul(there_is_kubrick())]);
        })
    };
    // Without a Kubrick all films are one group, of which SQLite shows some film.
    let world = World::new().await;
    assert_eq!(not_named(films().cached().all(&world.db).await).0, "director");
    let look = async || films().cached().and::<director::Model>().all(&world.db).await;
    assert_eq!(look().await?.len(), 4);
    rename(&world, 2, "Stanley").await?;
    assert_eq!(look().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_table_in_a_window_is_seen() -> Result<(), DbErr> {
    // With a Kubrick each film is a part of its own, and without one all are one.
    let first_of_part = |named: bool| {
        let mut window = WindowStatement::new();
        window.add_partition_by(Expr::cust("film.id").mul(there_is_kubrick()));
        window.order_by_expr(Expr::cust("film.id"), Order::Asc);
        let mut ranks = SelectStatement::new();
        ranks.column(film::Column::Id).from(film::Entity);
        if named {
            ranks.expr_window_name_as(Func::cust("rank"), "w", "rank").window("w", window);
        } else {
            ranks.expr_window_as(Func::cust("rank"), window, "rank");
        }
        let mut first = SelectStatement::new();
        first
            .expr(Expr::cust("r.id"))
            .from_subquery(ranks, "r")
            .and_where(Expr::cust("r.rank = 1"));
        films().filter(film::Column::Id.in_subquery(first))
    };
    assert_directors_are_seen("OVER", || first_of_part(false), &[1, 2, 3, 4], &[1]).await?;
    assert_directors_are_seen("WINDOW", || first_of_part(true), &[1, 2, 3, 4], &[1]).await
}

#[tokio::test]
async fn a_name_of_a_with_hides_no_table() -> Result<(), DbErr> {
    // `WITH director AS (SELECT id FROM main.director ..)`: one is the table, the other is the name.
    let films = || {
        with(|query| {
            let mut kubrick = SelectStatement::new();
            kubrick
                .column("id")
                .from(("main", "director"))
                .and_where(Expr::cust("name = 'Kubrick'"));
            let mut cte = CommonTableExpression::new();
            cte.query(kubrick).column("id").table_name("director");
            let mut named = SelectStatement::new();
            named.column("id").from("director");
            query.with_cte(WithClause::new().cte(cte).to_owned());
            query.and_where(film::Column::DirectorId.in_subquery(named));
        })
    };
    let world = World::new().await;
    assert_eq!(not_named(films().cached().all(&world.db).await).0, "main.director");
    assert_eq!(world.asked(), 0);
    let look = async || {
        let films = films().cached().and::<in_main::Model>().all(&world.db).await?;
        Ok::<_, DbErr>(ids(&films))
    };
    assert_eq!((look().await?, look().await?, world.asked()), (vec![3, 4], vec![3, 4], 1));
    rename(&world, 2, "Stanley").await?;
    in_main::invalidate_model(2);
    assert!(look().await?.is_empty());
    // Where the name is that of the bare table, SQLite says that it reads itself; PostgreSQL does not.
    let itself = || {
        with(|query| {
            let mut cte = CommonTableExpression::new();
            cte.query(kubrick()).column("id").table_name("director");
            query.with_cte(WithClause::new().cte(cte).to_owned());
        })
    };
    assert_eq!(not_named(itself().cached().all(&world.db).await).0, "director");
    Ok(())
}

#[tokio::test]
async fn a_table_in_sql_of_the_programs_own_is_seen() -> Result<(), DbErr> {
    let films = || {
        films()
            .filter(Expr::cust("director_id IN (SELECT id FROM Director WHERE name = 'Kubrick')"))
    };
    assert_directors_are_seen("Expr::cust", films, &[3, 4], &[]).await?;
    let films = || {
        self::films().filter(Expr::cust_with_values(
            "director_id IN (SELECT id FROM director WHERE name = ?)",
            ["Kubrick"],
        ))
    };
    assert_directors_are_seen("Expr::cust_with_values", films, &[3, 4], &[]).await
}

#[tokio::test]
async fn a_select_in_sql_of_the_programs_own_is_cached_and_read() -> Result<(), DbErr> {
    let world = World::new().await;
    let of = |name: &str| {
        let sql = "SELECT film.* FROM film JOIN director ON director.id = director_id WHERE name = ? ORDER BY 1";
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [name.into()]);
        film::Entity::find().from_raw_sql(statement)
    };
    assert_eq!(not_named(of("Kubrick").cached().all(&world.db).await).0, "director");
    assert_eq!(world.asked(), 0);
    let look = async |name| {
        let films = of(name).cached().and::<director::Model>().all(&world.db).await?;
        let first = of(name).cached().and::<director::Model>().one(&world.db).await?;
        assert_eq!(first.as_ref(), films.first());
        Ok::<_, DbErr>(ids(&films))
    };
    for _ in 0..2 {
        assert_eq!((look("Kubrick").await?, look("Hitchcock").await?), (vec![3, 4], vec![1, 2]));
    }
    assert_eq!(world.asked(), 4);
    rename(&world, 2, "Hitchcock").await?;
    assert_eq!((look("Kubrick").await?, look("Hitchcock").await?), (vec![], vec![1, 2, 3, 4]));
    let by_genre = || {
        let group = by_index::<film::Model, _>(|film| &film.genre, "drama");
        let sql = "SELECT * FROM film WHERE genre = 'drama'";
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        film::Entity::find().from_raw_sql(statement).cached_against(group)
    };
    assert_eq!(ids(&by_genre().all(&world.db).await?), [4]);
    world.asked();
    film::invalidate_model_by_genre("horror");
    assert_eq!((ids(&by_genre().all(&world.db).await?), world.asked()), (vec![4], 0));
    film::invalidate_model_by_genre("drama");
    assert_eq!((ids(&by_genre().all(&world.db).await?), world.asked()), (vec![4], 1));
    Ok(())
}

#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod in_main {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(schema_name = "main", table_name = "director")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!();
}

/// `director` and `main.director` are two, since it is not known which is meant by the bare name.
#[tokio::test]
async fn a_table_goes_by_its_schema() -> Result<(), DbErr> {
    let world = World::new().await;
    let from = |table| {
        let sql = format!("director_id IN (SELECT id FROM {table} WHERE name = 'Kubrick')");
        films().filter(Expr::cust(sql)).cached()
    };
    let other = from("main.director").and::<director::Model>().all(&world.db).await;
    assert_eq!(not_named(other), ("main.director".to_owned(), Some("director".to_owned())));
    let other = from("director").and::<in_main::Model>().all(&world.db).await;
    assert_eq!(not_named(other), ("director".to_owned(), Some("main.director".to_owned())));
    let right = from("\"main\".[Director]").and::<in_main::Model>().all(&world.db).await?;
    assert_eq!(ids(&right), [3, 4]);
    assert_eq!(in_main::Entity::find().cached().count(&world.db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn what_is_not_known_is_refused_unless_the_caller_answers_for_it() -> Result<(), DbErr> {
    let world = World::new().await;
    let long = format!("(SELECT id FROM film) /* {} */", "-".repeat(64 << 10));
    for (sql, why) in [
        (long.as_str(), "more than 65536 are not read"),
        ("(SELECT value FROM json_each('[3]'))", "`json_each`"),
        ("(SELECT 3 WHERE random() IS NOT NULL)", "`random`"),
        ("(SELECT 3 WHERE date('now') > '2000')", "`date`"),
        ("(WITH a AS MATERIALIZED (SELECT 3) SELECT * FROM a)", "parser"),
    ] {
        let films = || films().filter(Expr::cust(format!("film.id IN {sql}")));
        let refused = films().cached().all(&world.db).await.expect_err(why);
        match Error::of(&refused) {
            Some(Error::UnknownDependencies { reason }) => {
                assert!(reason.contains(why), "{reason}");
            }
            _ => panic!("another error: {refused}"),
        }
        assert!(refused.to_string().contains(".trust_tables()"), "{refused}");
        assert_eq!(world.asked(), 0, "{sql}");
        let trusted = || films().cached_against(tag("by hand")).trust_tables();
        let first = trusted().all(&world.db).await?;
        assert_eq!((trusted().all(&world.db).await?, world.asked()), (first, 1), "{why}");
        assert_eq!(gcache::invalidate_tag("by hand").count(), 1, "{why}");
        trusted().all(&world.db).await?;
        assert_eq!(world.asked(), 1, "{why}");
        world.asked();
    }
    Ok(())
}
