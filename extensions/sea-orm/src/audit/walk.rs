//! The walk over a statement. The parser's visitor reaches every clause; what stands at a place is looked at
//! here, and what is not known is refused.

use super::scope::Scopes;
use super::table::{Dialect, Table};
use super::text::Counted;
use super::{Why, functions};
use sqlparser::ast::{
    Expr, InTarget, Join, JoinOperator, ObjectName, ObjectNamePart, Query, Select, SelectFlavor,
    SetExpr, Statement, TableFactor, TableWithJoins, Value, ValueWithSpan, Visit as _, Visitor,
    With,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What was found up to here.
pub(super) struct Walk {
    dialect: Dialect,
    scopes: Scopes,
    tables: BTreeSet<Table>,
    /// What the walk has met, to be compared with what the text has of it.
    met: Counted,
}

/// Why the walk ends early. Boxed, since it is carried through each level.
type Refused = Box<Why>;
type Step = ControlFlow<Refused>;

const GO_ON: Step = ControlFlow::Continue(());

impl Walk {
    /// The tables that `statement` reads, in whose text `counted` was counted.
    pub(super) fn over(
        dialect: Dialect,
        statement: &Statement,
        counted: Counted,
    ) -> Result<Vec<Table>, Why> {
        if !matches!(statement, Statement::Query(_)) {
            return Err("it is no query".into());
        }
        let (scopes, tables) = (Scopes::new(dialect), BTreeSet::new());
        let mut walk = Self { dialect, scopes, tables, met: Counted::default() };
        if let ControlFlow::Break(why) = statement.visit(&mut walk) {
            return Err(*why);
        }
        if walk.met != counted {
            return Err("some part of it is not understood".into());
        }
        Ok(walk.tables.into_iter().collect())
    }

    fn count_joins(&mut self, from: &TableWithJoins) {
        let is_spelled_join = |join: &&Join| {
            let op = &join.join_operator;
            !matches!(
                op,
                JoinOperator::StraightJoin(_) | JoinOperator::CrossApply | JoinOperator::OuterApply
            )
        };
        self.met.joins += from.joins.iter().filter(is_spelled_join).count();
    }
}

impl Visitor for Walk {
    type Break = Refused;

    fn pre_visit_query(&mut self, query: &Query) -> Step {
        let Query {
            with,
            body,
            order_by: _,
            limit_clause: _,
            fetch: _,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        if !locks.is_empty() {
            return refuse("it locks rows, which an answer from the cache would not");
        }
        let is_other = for_clause.is_some() || settings.is_some() || format_clause.is_some();
        if is_other || !pipe_operators.is_empty() {
            return refuse("a clause of it is of another database");
        }
        if let Some(With { cte_tables, .. }) = with
            && cte_tables.iter().any(|cte| cte.from.is_some())
        {
            return refuse("a clause of its `WITH` is of another database");
        }
        check_body(body)?;
        self.scopes.enter(query);
        GO_ON
    }

    fn post_visit_query(&mut self, query: &Query) -> Step {
        self.scopes.leave(query);
        GO_ON
    }

    fn pre_visit_select(&mut self, select: &Select) -> Step {
        let Select {
            select_token: _,
            optimizer_hints: _,
            distinct: _,
            select_modifiers: _,
            top,
            top_before_distinct: _,
            projection: _,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection: _,
            connect_by,
            group_by: _,
            cluster_by,
            distribute_by,
            sort_by,
            having: _,
            named_window: _,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        if into.is_some() {
            return refuse("`SELECT .. INTO` writes");
        }
        let is_known = top.is_none()
            && exclude.is_none()
            && lateral_views.is_empty()
            && prewhere.is_none()
            && connect_by.is_empty()
            && cluster_by.is_empty()
            && distribute_by.is_empty()
            && sort_by.is_empty()
            && qualify.is_none()
            && value_table_mode.is_none()
            && matches!(flavor, SelectFlavor::Standard);
        if !is_known {
            return refuse("a clause of it is of another database");
        }
        self.met.selects += 1;
        from.iter().for_each(|from| self.count_joins(from));
        GO_ON
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> Step {
        if let [ObjectNamePart::Identifier(bare)] = name.0.as_slice()
            && self.scopes.hide(bare)
        {
            return GO_ON;
        }
        let Some(table) = Table::read(self.dialect, name) else {
            return refuse(&format!("`{name}` is no name of a table"));
        };
        self.tables.insert(table);
        GO_ON
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Step {
        match factor {
            TableFactor::Table {
                name,
                alias: _,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions: _,
                json_path,
                sample,
                index_directives: _,
                inheritance: _,
            } => {
                if args.is_some() || *with_ordinality {
                    return refuse(&table_function(name));
                }
                if sample.is_some() {
                    return refuse("`TABLESAMPLE` has another result each time");
                }
                if !with_hints.is_empty() || version.is_some() || json_path.is_some() {
                    return refuse(&format!(
                        "what follows the table `{name}` is of another database"
                    ));
                }
            }
            TableFactor::Function { name, .. } => return refuse(&table_function(name)),
            TableFactor::Derived { sample: None, .. }
            | TableFactor::UNNEST { .. }
            | TableFactor::JsonTable { .. } => {}
            TableFactor::NestedJoin { table_with_joins, alias: _ } => {
                self.count_joins(table_with_joins);
            }
            _ => return refuse("what it reads from is of another database"),
        }
        GO_ON
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Step {
        let why = match expr {
            Expr::Function(function) => functions::function(self.dialect, function),
            Expr::Identifier(name) => functions::bare(self.dialect, name),
            Expr::In { target: InTarget::Table { name, args: Some(_) }, .. } => {
                Some(table_function(name))
            }
            _ => None,
        };
        why.map_or(GO_ON, |why| refuse(&why))
    }

    fn pre_visit_value(&mut self, ValueWithSpan { value, span: _ }: &ValueWithSpan) -> Step {
        let is_text = !matches!(value, Value::Placeholder(_) | Value::Number(..) | Value::Null);
        let why = if is_text { functions::value(self.dialect, value) } else { None };
        why.map_or(GO_ON, |why| refuse(&why))
    }
}

/// Reports what is neither a `SELECT` nor `VALUES`. By hand, since a long `UNION` is as deep.
fn check_body(body: &SetExpr) -> Step {
    let mut bodies = vec![body];
    while let Some(body) = bodies.pop() {
        match body {
            SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => {}
            SetExpr::SetOperation { left, right, op: _, set_quantifier: _ } => {
                bodies.extend([&**left, &**right]);
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                return refuse("a part of it writes");
            }
            SetExpr::Table(_) => return refuse("write `SELECT * FROM ..` in place of `TABLE ..`"),
        }
    }
    GO_ON
}

fn table_function(name: &ObjectName) -> String {
    format!("it reads from the function `{name}`, and what that reads is not known")
}

#[cold]
fn refuse(why: &str) -> Step {
    ControlFlow::Break(Box::new(Why::from(why)))
}
