//! Statements built at random by sea-query, of which it is known which tables were put into them.
//!
//! ```sh
//! GCACHE_STATEMENTS=100000 cargo test -p gcache-sea-orm --lib statements_at_random -- --nocapture
//! ```
//!
//! `GCACHE_SEED` takes a seed, to see one run again.

use super::{Dialect, MySql, Postgres, Sqlite, tables};
use sea_orm::DbBackend;
use sea_orm::sea_query::{
    Alias, CaseStatement, CommonTableExpression, Cond, Expr, ExprTrait as _, Func,
    IntoTableRef as _, JoinType, NullOrdering, Order, OverStatement as _, SelectStatement,
    SubQueryStatement, TableRef, UnionType, WindowStatement, WithClause,
};
use std::collections::BTreeSet;
use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

/// How many there are in the tests.
const STATEMENTS: u64 = 2_000;

#[test]
fn of_statements_at_random_all_tables_are_read() {
    let statements = number("GCACHE_STATEMENTS").unwrap_or(STATEMENTS);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let seed = number("GCACHE_SEED").unwrap_or(time);
    println!("GCACHE_SEED={seed} GCACHE_STATEMENTS={statements}");
    let (mut refused, mut read_of_all) = (0, 0);
    for number in 0..statements {
        let (dialect, backend) = [
            (Postgres, DbBackend::Postgres),
            (MySql, DbBackend::MySql),
            (Sqlite, DbBackend::Sqlite),
        ][usize::try_from(number % 3).expect("it is small")];
        let mut making = Making::new(dialect, seed.wrapping_mul(1_000_003).wrapping_add(number));
        let depth = 1 + making.below(3);
        let query = making.select(depth);
        let statement = backend.build(&query);
        // With placeholders, and with the values in the text.
        let sql = if making.one_in(2) { statement.sql } else { statement.to_string() };
        let right = making.put_in.into_iter().collect::<Vec<_>>().join(" ");
        match tables(dialect, &sql) {
            Ok(read) => assert_eq!(read, right, "seed {seed}, {number}: {dialect:?}: {sql}"),
            Err(why) if why.contains("recursion limit") => refused += 1,
            Err(why) => panic!("seed {seed}, {number}: {dialect:?}: {why}: {sql}"),
        }
        read_of_all += right.len();
    }
    println!("{statements} statements, {refused} refused for their depth, all others right");
    assert!(refused * 20 < statements, "{refused} of {statements} were refused");
    assert!(read_of_all > 0, "tables were put in");
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|number| number.parse().expect("it is a number"))
}

/// A statement in the making.
struct Making {
    dialect: Dialect,
    state: u64,
    /// The tables that were put in.
    put_in: BTreeSet<String>,
    /// The names of `WITH` that are seen here, which hide tables of these names.
    hidden: Vec<String>,
}

impl Making {
    fn new(dialect: Dialect, seed: u64) -> Self {
        Self { dialect, state: seed, put_in: BTreeSet::new(), hidden: Vec::new() }
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, many: u64) -> u64 {
        self.next() % many
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// The name of some table, which is put in if no `WITH` hides it, and its schema.
    fn name(&mut self) -> (Option<&'static str>, String) {
        let name = format!("t{}", self.below(12));
        if self.one_in(6) {
            self.put_in.insert(format!("archive.{name}"));
            return (Some("archive"), name);
        }
        if !self.hidden.contains(&name) {
            self.put_in.insert(name.clone());
        }
        (None, name)
    }

    fn table(&mut self) -> TableRef {
        let table = match self.name() {
            (Some(schema), name) => (Alias::new(schema), Alias::new(name)).into_table_ref(),
            (None, name) => Alias::new(name).into_table_ref(),
        };
        if self.one_in(2) { table.alias(self.alias()) } else { table }
    }

    fn alias(&mut self) -> Alias {
        // The name of a table is an alias, too.
        Alias::new(format!("{}{}", ["t", "x"][usize::from(self.one_in(2))], self.below(12)))
    }

    fn column(&mut self) -> Expr {
        let column = Alias::new(
            ["id", "order", "user", "Name"][usize::try_from(self.below(4)).expect("it is small")],
        );
        if self.one_in(2) { Expr::col(column) } else { Expr::col((self.alias(), column)) }
    }

    fn select(&mut self, depth: u64) -> SelectStatement {
        let before = self.hidden.len();
        let mut query = SelectStatement::new();
        if depth > 0 && self.one_in(4) {
            query.with_cte(self.with(depth - 1));
        }
        query.expr(self.expr(depth));
        self.from(&mut query, depth);
        if self.one_in(2) {
            query.and_where(self.condition(depth));
        }
        if self.one_in(4) {
            query.cond_where(Cond::any().add(self.condition(depth)).add(self.condition(depth)));
        }
        if self.one_in(4) {
            query.add_group_by([self.expr(depth)]);
            query.and_having(self.condition(depth));
        }
        if self.dialect == Postgres && self.one_in(8) {
            query.distinct_on([(self.alias(), Alias::new("id"))]);
        } else if self.one_in(8) {
            query.distinct();
        }
        if self.one_in(4) {
            let window = self.window(depth);
            query.expr_window(Func::cust("rank"), window);
        }
        // After these sea-query would write it where no database takes it.
        if self.one_in(8) {
            let window = self.window(depth);
            query.expr_window_name(Func::cust("rank"), Alias::new("w"));
            query.window(Alias::new("w"), window);
            self.hidden.truncate(before);
            return query;
        }
        if depth > 0 && self.one_in(5) {
            let other = if self.dialect == Sqlite { self.plain() } else { self.select(depth - 1) };
            query.union([UnionType::All, UnionType::Distinct][usize::from(self.one_in(2))], other);
        }
        if self.one_in(3) {
            query.order_by_expr(self.expr(depth), Order::Desc);
        }
        if self.one_in(6) {
            query.order_by_expr_with_nulls(self.expr(depth), Order::Asc, NullOrdering::Last);
        }
        if self.one_in(4) {
            query.limit(self.below(100)).offset(self.below(100));
        }
        self.hidden.truncate(before);
        query
    }

    /// One that SQLite takes without brackets around it.
    fn plain(&mut self) -> SelectStatement {
        let mut query = SelectStatement::new();
        query.expr(self.expr(1)).from(self.table()).and_where(self.condition(1));
        query
    }

    /// Names, of which each sees those before it.
    fn with(&mut self, depth: u64) -> WithClause {
        let mut with = WithClause::new();
        for _ in 0..=self.below(3) {
            let query = self.select(depth);
            let name = format!("t{}", self.below(12));
            let mut cte = CommonTableExpression::new();
            cte.query(query).table_name(Alias::new(&name)).column(Alias::new("id"));
            with.cte(cte);
            self.hidden.push(name);
        }
        with
    }

    fn from(&mut self, query: &mut SelectStatement, depth: u64) {
        match self.below(6) {
            0 if depth > 0 => {
                let from = self.select(depth - 1);
                query.from_subquery(from, self.alias());
            }
            1 if self.dialect != MySql => {
                query.from_values([(1, "FROM t0"), (2, "b")], self.alias());
            }
            _ => {
                query.from(self.table());
            }
        }
        if self.one_in(4) {
            query.from(self.table());
        }
        for _ in 0..self.below(3) {
            let kind =
                [JoinType::InnerJoin, JoinType::LeftJoin, JoinType::RightJoin, JoinType::Join];
            let kind = kind[usize::try_from(self.below(4)).expect("it is small")];
            let alias = self.alias();
            if depth > 0 && self.one_in(4) {
                let from = self.select(depth - 1);
                if self.dialect != Sqlite && self.one_in(2) {
                    query.join_lateral(kind, from, alias, self.condition(depth));
                } else {
                    query.join_subquery(kind, from, alias, self.condition(depth));
                }
            } else {
                query.join(kind, self.table(), self.condition(depth));
            }
        }
    }

    fn window(&mut self, depth: u64) -> WindowStatement {
        let mut window = WindowStatement::new();
        window.add_partition_by(self.expr(depth));
        window.order_by_expr(self.expr(depth), Order::Asc);
        window
    }

    fn expr(&mut self, depth: u64) -> Expr {
        if depth == 0 {
            return if self.one_in(3) { self.value() } else { self.column() };
        }
        match self.below(12) {
            0 => Expr::SubQuery(None, Box::new(SubQueryStatement::from(self.select(depth - 1)))),
            1 => {
                let (condition, then, other) =
                    (self.condition(depth - 1), self.expr(depth - 1), self.expr(depth - 1));
                CaseStatement::new().case(condition, then).finally(other).into()
            }
            2 => Func::coalesce([self.expr(depth - 1), self.expr(depth - 1)]).into(),
            3 => Func::cust("lower").arg(self.expr(depth - 1)).into(),
            4 => self.expr(depth - 1).add(self.expr(depth - 1)),
            5 => self.expr(depth - 1).cast_as(Alias::new("char")),
            6 => self.custom(),
            7 => Func::count(self.expr(depth - 1)).into(),
            _ => self.column(),
        }
    }

    /// A text that looks like SQL. (For `MySQL` without quotes: with values in the text these are refused,
    /// since a setting decides what a backslash is.)
    fn value(&mut self) -> Expr {
        Expr::val(if self.dialect == MySql { "a FROM t0 b" } else { "a 'FROM t0' b" })
    }

    /// SQL of the program's own.
    fn custom(&mut self) -> Expr {
        let quote = if self.dialect == MySql { '`' } else { '"' };
        let name = match self.name() {
            (Some(schema), name) => format!("{schema}.{quote}{name}{quote}"),
            (None, name) if self.one_in(2) => name,
            (None, name) => format!("{quote}{name}{quote}"),
        };
        let plain = format!("(SELECT max(x) /* FROM t0 */ FROM {name} WHERE y = 'FROM t1')");
        if self.one_in(2) {
            return Expr::cust(plain);
        }
        let inner = self.expr(0);
        let sign = if self.dialect == Postgres { "$1" } else { "?" };
        Expr::cust_with_exprs(format!("(SELECT {sign} FROM {name})"), [inner])
    }

    fn condition(&mut self, depth: u64) -> Expr {
        let Some(depth) = depth.checked_sub(1) else {
            return self.expr(0).eq(self.below(9));
        };
        match self.below(4) {
            0 => {
                let exists = Expr::exists(self.select(depth));
                return if self.one_in(2) { exists.not() } else { exists };
            }
            1 => return self.condition(depth).not(),
            _ => {}
        }
        let left = self.expr(depth);
        match self.below(10) {
            0 => left.in_subquery(self.select(depth)),
            1 => left.not_in_subquery(self.select(depth)),
            2 if self.dialect != Sqlite => left.eq(Expr::any(self.select(depth))),
            3 => left.between(self.expr(depth), self.expr(depth)),
            4 => Expr::tuple([left, self.expr(depth)]).in_subquery(self.select(depth)),
            5 => left.like("%FROM t0%").and(self.condition(depth)),
            6 => left.is_null().or(self.condition(depth)),
            7 => left.is_in([1, 2, 3]),
            _ => left.gt(self.expr(depth)),
        }
    }
}
