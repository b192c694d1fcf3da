//! Statements that are refused, and the reasons that are given.

use super::{MySql, Postgres, Sqlite, assert_read, assert_refused};

#[test]
fn what_writes_or_locks_is_refused() {
    assert_refused(
        Postgres,
        &[
            ("locks", r#"SELECT * FROM "film" FOR UPDATE"#),
            (
                "",
                r#"SELECT * FROM "film" JOIN "d" ON true FOR NO KEY UPDATE OF "film" SKIP LOCKED"#,
            ),
            ("locks", r#"SELECT * FROM "a" WHERE "x" IN (SELECT "x" FROM "b" FOR SHARE)"#),
            ("writes", r#"WITH "x" AS (DELETE FROM "film" RETURNING "id") SELECT * FROM "x""#),
            (
                "writes",
                r#"WITH "x" AS (INSERT INTO "film" VALUES (1) RETURNING "id") SELECT * FROM "x""#,
            ),
            (
                "writes",
                r#"WITH "x" AS (UPDATE "film" SET "a" = 1 RETURNING "id") SELECT * FROM "x""#,
            ),
            ("writes", r#"SELECT * INTO "z" FROM "a""#),
            ("no query", r#"DELETE FROM "film" RETURNING "id""#),
            ("no query", r#"EXPLAIN SELECT 1 FROM "film""#),
            ("one statement", r#"SELECT 1; SELECT 2 FROM "film""#),
            ("one statement", ""),
        ],
    );
    assert_refused(
        MySql,
        &[("", "SELECT * FROM `a` LOCK IN SHARE MODE"), ("locks", "SELECT * FROM a FOR SHARE")],
    );
}

#[test]
fn what_reads_from_a_function_is_refused() {
    assert_refused(
        Postgres,
        &[
            ("`\"films_of\"`", r#"SELECT * FROM "films_of"(3)"#),
            ("function", r#"SELECT * FROM "film", LATERAL "votes_of"("film"."id") AS v"#),
            ("", "SELECT * FROM ROWS FROM (generate_series(1, 2), f(3)) AS x"),
            ("`query_to_xml`", "SELECT query_to_xml('SELECT * FROM film', true, true, '')"),
            ("`dblink`", "SELECT * FROM a WHERE x = dblink('', 'SELECT 1')"),
            ("", r#"SELECT * FROM xmltable('/a' PASSING (SELECT "x" FROM "b") COLUMNS c int)"#),
        ],
    );
    assert_refused(
        Sqlite,
        &[
            ("function", r#"SELECT "x" FROM "a" WHERE "x" IN json_each(?)"#),
            ("function", "SELECT value FROM json_each(?)"),
            ("function", "SELECT name FROM pragma_table_info('film')"),
        ],
    );
}

#[test]
fn what_no_table_decides_is_refused() {
    assert_refused(
        Postgres,
        &[
            ("`now`", "SELECT * FROM a WHERE t > now()"),
            ("`now`", "SELECT * FROM a WHERE t > pg_catalog.NOW()"),
            ("`current_timestamp`", "SELECT * FROM a WHERE t > CURRENT_TIMESTAMP"),
            ("`localtimestamp`", "SELECT * FROM a ORDER BY localtimestamp(0)"),
            ("`'now'`", "SELECT * FROM a WHERE t > 'now'"),
            ("`'Tomorrow 10:00'`", "SELECT * FROM a WHERE t > TIMESTAMP 'Tomorrow 10:00'"),
            ("`age`", "SELECT age(t) FROM a"),
            ("`random`", "SELECT * FROM a ORDER BY random()"),
            ("`gen_random_uuid`", "SELECT gen_random_uuid() FROM a"),
            ("each time", "SELECT * FROM a TABLESAMPLE BERNOULLI (10)"),
            ("`current_user`", "SELECT * FROM a WHERE owner = CURRENT_USER"),
            ("`user`", "SELECT * FROM a WHERE owner = user"),
            ("`current_role`", "SELECT * FROM a WHERE owner = current_role"),
            ("`current_setting`", "SELECT * FROM a WHERE tenant = current_setting('app.tenant')"),
            ("`nextval`", "SELECT nextval('s')"),
            ("`pg_try_advisory_lock`", "SELECT pg_try_advisory_lock(1)"),
        ],
    );
    assert_refused(
        MySql,
        &[
            ("`now`", "SELECT * FROM a WHERE t > NOW()"),
            ("`utc_date`", "SELECT * FROM a WHERE t > UTC_DATE"),
            ("`unix_timestamp`", "SELECT UNIX_TIMESTAMP()"),
            ("`rand`", "SELECT * FROM a ORDER BY RAND()"),
            ("`last_insert_id`", "SELECT LAST_INSERT_ID()"),
            ("`@n`", "SELECT @n := @n + 1 FROM a"),
            ("`@@version`", "SELECT @@version"),
        ],
    );
    assert_refused(
        Sqlite,
        &[
            ("`current_date`", "SELECT * FROM a WHERE t > CURRENT_DATE"),
            ("`date`", "SELECT * FROM a WHERE t > date('now', '-1 day')"),
            ("`date`", "SELECT * FROM a WHERE t > date(\"now\")"),
            ("`datetime`", "SELECT datetime()"),
            ("`strftime`", "SELECT strftime('%s')"),
            ("`strftime`", "SELECT strftime('%s', 'NOW')"),
            ("`randomblob`", "SELECT randomblob(4)"),
            ("`changes`", "SELECT changes()"),
        ],
    );
    // Columns and values that only look like it.
    assert_read(
        Postgres,
        &[
            ("a", r#"SELECT "user", "now", 'nowhere', random FROM a"#),
            ("a", "SELECT age(t, $1) FROM a"),
        ],
    );
    assert_read(Sqlite, &[("a", "SELECT user, now, 'now' FROM a")]);
    assert_read(MySql, &[("a", "SELECT user, 'now', UNIX_TIMESTAMP(t) FROM a")]);
}

/// What the parser and a database may split into words in two ways.
#[test]
fn what_may_be_split_in_two_ways_is_refused() {
    assert_refused(
        MySql,
        &[
            ("`/*! .. */`", "SELECT 1 FROM a /*! , b */"),
            ("`/*! .. */`", "SELECT 1 FROM a /*!50000 , b */"),
            ("`/*! .. */`", "SELECT 1 FROM a /*M!100100 , b */"),
            ("backslash", "SELECT 'a\\' FROM b -- '"),
        ],
    );
    assert_refused(
        Postgres,
        &[
            ("comment begins", "SELECT a ||--\n b FROM t"),
            ("comment begins", "SELECT 1 FROM a WHERE x @--\n y"),
            ("'\\u{a0}'", "SELECT * FROM a\u{a0}b"),
            ("'\\0'", "SELECT 1 FROM a\0, b"),
        ],
    );
}

/// These could be read, and are not.
#[test]
fn what_the_parser_does_not_know_is_refused() {
    assert_refused(
        Postgres,
        &[
            ("", r#"SELECT "id" FROM "film" FETCH FIRST (SELECT "n" FROM "setting") ROWS ONLY"#),
            ("", r#"TABLE "film""#),
            ("SELECT * FROM ..", r#"SELECT 1 UNION TABLE "film""#),
            ("", r#"SELECT count(*) FROM "film" GROUP BY ROLLUP ("a", (SELECT "z" FROM "b"))"#),
            (
                "",
                "WITH RECURSIVE t AS (SELECT 1 AS n FROM a) SEARCH DEPTH FIRST BY n SET o SELECT * FROM t",
            ),
        ],
    );
    assert_refused(
        Sqlite,
        &[("", r#"WITH "s" AS MATERIALIZED (SELECT "v" FROM "s") SELECT * FROM "s""#)],
    );
}
