//! Functions whose result no table decides, or tables that no text names. What is made of them is not true
//! until a row changes, so it is not kept.

use super::table::Dialect;
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Value, ValueWithSpan,
};

const TIME: &str = "has another result when time has passed";
const CHANCE: &str = "has another result each time";
const SESSION: &str = "has another result on another connection";
const HIDDEN: &str = "may read tables that the statement does not name";

/// Functions with and without brackets, in lower case, and why.
const FUNCTIONS: &[(&str, &[&str])] = &[
    (
        TIME,
        &[
            "clock_timestamp",
            "curdate",
            "current_date",
            "current_time",
            "current_timestamp",
            "curtime",
            "localtime",
            "localtimestamp",
            "now",
            "pg_postmaster_start_time",
            "statement_timestamp",
            "sysdate",
            "timeofday",
            "transaction_timestamp",
            "utc_date",
            "utc_time",
            "utc_timestamp",
        ],
    ),
    (
        CHANCE,
        &[
            "gen_random_bytes",
            "gen_random_uuid",
            "gen_salt",
            "newid",
            "normal_rand",
            "rand",
            "random",
            "random_bytes",
            "random_normal",
            "randomblob",
            "setseed",
            "uuid",
            "uuid_generate_v1",
            "uuid_generate_v1mc",
            "uuid_generate_v4",
            "uuid_short",
            "uuidv4",
            "uuidv7",
        ],
    ),
    (
        SESSION,
        &[
            "benchmark",
            "changes",
            "connection_id",
            "current_catalog",
            "current_database",
            "current_query",
            "current_role",
            "current_schema",
            "current_schemas",
            "current_setting",
            "current_user",
            "currval",
            "database",
            "found_rows",
            "get_lock",
            "has_any_column_privilege",
            "has_column_privilege",
            "has_database_privilege",
            "has_function_privilege",
            "has_schema_privilege",
            "has_sequence_privilege",
            "has_table_privilege",
            "inet_client_addr",
            "inet_client_port",
            "inet_server_addr",
            "inet_server_port",
            "is_free_lock",
            "is_used_lock",
            "last_insert_id",
            "last_insert_rowid",
            "lastval",
            "load_extension",
            "nextval",
            "pg_backend_pid",
            "pg_cancel_backend",
            "pg_notify",
            "pg_sleep",
            "pg_sleep_for",
            "pg_sleep_until",
            "pg_terminate_backend",
            "release_all_locks",
            "release_lock",
            "row_count",
            "row_security_active",
            "schema",
            "session_user",
            "set_config",
            "setval",
            "sleep",
            "system_user",
            "total_changes",
            "user",
        ],
    ),
    (
        HIDDEN,
        &[
            "connectby",
            "crosstab",
            "crosstab2",
            "crosstab3",
            "crosstab4",
            "load_file",
            "loread",
            "lo_get",
            "readfile",
            "ts_rewrite",
            "ts_stat",
        ],
    ),
];

/// Names that begin so.
const FAMILIES: &[(&str, &[&str])] = &[
    (SESSION, &["pg_advisory_", "pg_current_", "pg_is_", "pg_last_", "pg_try_advisory_", "txid_"]),
    (
        HIDDEN,
        &[
            "cursor_to_xml",
            "database_to_xml",
            "dblink",
            "lo_",
            "pg_ls_",
            "pg_read_",
            "pg_sequence_",
            "pg_stat_",
            "pg_total_",
            "query_to_xml",
            "schema_to_xml",
            "table_to_xml",
        ],
    ),
];

/// Functions of time, and how many arguments they have if they take the time of now.
const NOW_WITHOUT_MORE: &[(Dialect, &[(&str, usize)])] = &[
    (Dialect::MySql, &[("unix_timestamp", 0)]),
    (Dialect::Postgres, &[("age", 1)]),
    (
        Dialect::Sqlite,
        &[
            ("date", 0),
            ("datetime", 0),
            ("julianday", 0),
            ("strftime", 1),
            ("time", 0),
            ("timediff", 0),
            ("unixepoch", 0),
        ],
    ),
];

/// Names of a time that passes, which PostgreSQL takes for one wherever it wants a time, even without a cast.
const PASSING: &[&str] = &["now", "today", "tomorrow", "yesterday"];

/// Why the result of `function` must not be kept.
pub(super) fn function(dialect: Dialect, function: &Function) -> Option<String> {
    let name = &function.name.0.last()?.as_ident()?.value;
    named(name).or_else(|| {
        let name = name.to_ascii_lowercase();
        let (_, of_time) = NOW_WITHOUT_MORE.iter().find(|(of, _)| *of == dialect)?;
        let &(_, without_more) = of_time.iter().find(|(of, _)| *of == name)?;
        let arguments = arguments(&function.args);
        let is_now = arguments.len() <= without_more
            || (dialect == Dialect::Sqlite && arguments.iter().any(|argument| says_now(argument)));
        is_now.then(|| because(&name, TIME))
    })
}

/// The same for a name without brackets: of some of these the parser does not know that they are functions.
/// A column that is called so is taken for it, too, where it is not in quotes.
pub(super) fn bare(dialect: Dialect, name: &Ident) -> Option<String> {
    const BARE: &[&str] = &[
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "localtime",
        "localtimestamp",
        "session_user",
        "system_user",
        "utc_date",
        "utc_time",
        "utc_timestamp",
    ];
    let lower = name.value.to_ascii_lowercase();
    let is = BARE.contains(&&*lower) || (dialect == Dialect::Postgres && lower == "user");
    if is && name.quote_style.is_none() { named(&lower) } else { None }
}

/// The same for a value that is written into the text.
pub(super) fn value(dialect: Dialect, value: &Value) -> Option<String> {
    let text = value.clone().into_string().filter(|_| dialect == Dialect::Postgres)?;
    let first = text.split_whitespace().next()?.to_ascii_lowercase();
    PASSING
        .contains(&&*first)
        .then(|| format!("`'{text}'` may be a time that passes: bind it as a value, if it is none"))
}

fn named(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let alone = FUNCTIONS.iter().find(|(_, names)| names.contains(&&*name));
    let one_of =
        FAMILIES.iter().find(|(_, begins)| begins.iter().any(|begin| name.starts_with(begin)));
    alone.or(one_of).map(|(why, _)| because(&name, why))
}

fn because(name: &str, why: &str) -> String {
    format!("`{name}` {why}")
}

fn arguments(arguments: &FunctionArguments) -> Vec<&Expr> {
    let FunctionArguments::List(list) = arguments else {
        return Vec::new();
    };
    let of = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref argument)) => Some(argument),
        _ => None,
    };
    list.args.iter().filter_map(of).collect()
}

/// Whether `argument` is the string `now`, in whichever quotes: SQLite takes both for a string.
fn says_now(argument: &Expr) -> bool {
    match argument {
        Expr::Value(ValueWithSpan { value, .. }) => {
            value.clone().into_string().is_some_and(|text| text.eq_ignore_ascii_case("now"))
        }
        Expr::Identifier(ident) => ident.value.eq_ignore_ascii_case("now"),
        _ => false,
    }
}
