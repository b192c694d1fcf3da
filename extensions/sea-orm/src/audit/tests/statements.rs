//! Statements whose tables are read.

use super::{MySql, Postgres, Sqlite, assert_read};

#[test]
fn each_clause_of_a_select_is_read() {
    assert_read(
        Postgres,
        &[
            (
                "film",
                r#"SELECT "film"."id", "film"."title" FROM "film" WHERE "film"."id" = $1 LIMIT $2"#,
            ),
            (
                "film setting",
                r#"SELECT "g" FROM "film" GROUP BY "g" HAVING count(*) > (SELECT max("v") FROM "setting")"#,
            ),
            (
                "ban director film",
                r#"SELECT 1 FROM "film" JOIN "director" ON "d" = "i" AND EXISTS (SELECT 1 FROM "ban")"#,
            ),
            (
                "film weight",
                r#"SELECT "id" FROM "film" ORDER BY (SELECT "w" FROM "weight" LIMIT 1) DESC NULLS LAST"#,
            ),
            (
                "film kind",
                r#"SELECT count(*) FROM "film" GROUP BY (SELECT "k" FROM "kind" LIMIT 1)"#,
            ),
            (
                "b film",
                r#"SELECT count(*) FROM "film" GROUP BY GROUPING SETS (("a"), ((SELECT "z" FROM "b")))"#,
            ),
            (
                "film weight",
                r#"SELECT rank() OVER (PARTITION BY "g" ORDER BY (SELECT "w" FROM "weight")) FROM "film""#,
            ),
            (
                "film weight",
                r#"SELECT rank() OVER (PARTITION BY (SELECT "w" FROM "weight")) FROM "film""#,
            ),
            (
                "film weight",
                r#"SELECT rank() OVER "w" FROM "film" WINDOW "w" AS (PARTITION BY (SELECT "x" FROM "weight"))"#,
            ),
            (
                "a b",
                r#"SELECT sum("x") OVER (ORDER BY "x" ROWS (SELECT 1 FROM "b") PRECEDING) FROM "a""#,
            ),
            (
                "film weight",
                r#"SELECT DISTINCT ON ((SELECT "x" FROM "weight" LIMIT 1)) "id" FROM "film""#,
            ),
            (
                "ban film",
                r#"SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM "ban")) FROM "film""#,
            ),
            (
                "film weight",
                r#"SELECT array_agg("id" ORDER BY (SELECT "w" FROM "weight" LIMIT 1)) FROM "film""#,
            ),
            (
                "film weight",
                r#"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (SELECT "w" FROM "weight")) FROM "film""#,
            ),
            (
                "film other setting",
                r#"SELECT "id" FROM "film" LIMIT (SELECT "n" FROM "setting") OFFSET (SELECT "o" FROM "other")"#,
            ),
            ("film", r#"SELECT "id" FROM "film" OFFSET 3 ROWS FETCH NEXT 5 ROWS ONLY"#),
            (
                "a b c",
                r#"SELECT "id" FROM "a" UNION (SELECT "id" FROM "b" EXCEPT SELECT "id" FROM "c") ORDER BY 1"#,
            ),
            (
                "a b c",
                r#"(SELECT "id" FROM "a") INTERSECT ALL (SELECT "id" FROM "b") ORDER BY (SELECT 1 FROM "c")"#,
            ),
        ],
    );
}

#[test]
fn each_kind_of_table_is_read() {
    assert_read(
        Postgres,
        &[
            (
                "film vote",
                r#"SELECT * FROM "film" CROSS JOIN LATERAL (SELECT * FROM "vote" LIMIT 1) AS "v""#,
            ),
            ("a b c", r#"SELECT * FROM "a" NATURAL JOIN "b" LEFT JOIN "c" USING ("id")"#),
            ("a b c", r#"SELECT * FROM "a" JOIN "b" JOIN "c" ON true ON true"#),
            ("a b c", r#"SELECT * FROM "a", ("b" FULL OUTER JOIN "c" ON true)"#),
            (
                "a b",
                r#"SELECT * FROM (VALUES (1, (SELECT "x" FROM "b"))) AS "v"("a", "b") JOIN "a" ON true"#,
            ),
            ("a", r#"VALUES (1, (SELECT "x" FROM "a"))"#),
            ("film", r#"SELECT * FROM ONLY "film""#),
            ("film", r#"SELECT * FROM "film" * WHERE true"#),
            ("", "SELECT * FROM unnest(ARRAY[1, 2]) AS x"),
            ("a", r#"SELECT * FROM unnest(ARRAY(SELECT "x" FROM "a")) WITH ORDINALITY AS x"#),
            ("", "SELECT 1"),
        ],
    );
}

#[test]
fn each_kind_of_expression_is_read() {
    assert_read(
        Postgres,
        &[
            (
                "ban other",
                r#"SELECT CASE WHEN EXISTS (SELECT 1 FROM "ban") THEN 1 ELSE (SELECT 2 FROM "other") END"#,
            ),
            ("film", r#"SELECT ARRAY(SELECT "id" FROM "film")"#),
            ("a b", r#"SELECT 1 FROM "a" WHERE "x" = ANY (SELECT "x" FROM "b")"#),
            ("a b", r#"SELECT 1 FROM "a" WHERE "x" <> ALL (SELECT "x" FROM "b")"#),
            ("a b", r#"SELECT 1 FROM "a" WHERE ("x", "y") IN (SELECT "x", "y" FROM "b")"#),
            ("a b", r#"SELECT 1 FROM "a" WHERE "x" IN (1, (SELECT "x" FROM "b"))"#),
            (
                "a b c",
                r#"SELECT 1 FROM "a" WHERE "x" BETWEEN (SELECT 1 FROM "b") AND (SELECT 2 FROM "c")"#,
            ),
            ("a b", r#"SELECT 1 FROM "a" WHERE "x" NOT ILIKE (SELECT "x" FROM "b")"#),
            ("a b", r#"SELECT 1 FROM "a" WHERE "x" IS NOT DISTINCT FROM (SELECT "x" FROM "b")"#),
            ("a b", r#"SELECT ((SELECT "j" FROM "b" LIMIT 1) ->> 'x')::int FROM "a""#),
            (
                "a b",
                r#"SELECT EXTRACT(YEAR FROM (SELECT "t" FROM "b" LIMIT 1) AT TIME ZONE 'UTC') FROM "a""#,
            ),
            ("a b", r#"SELECT substring("x" FROM (SELECT "n" FROM "b")) FROM "a""#),
            ("a b", r#"SELECT trim(BOTH (SELECT "n" FROM "b") FROM "x") FROM "a""#),
            ("a b", r#"SELECT position((SELECT "n" FROM "b") IN "x") FROM "a""#),
            ("a b", r#"SELECT coalesce("x", (SELECT "n" FROM "b")) FROM "a""#),
            ("a b", r#"SELECT ("x")[(SELECT "n" FROM "b")] FROM "a""#),
            ("a", r#"SELECT "x" IS JSON, "y" @> $1, "z" && $2, "j" ? 'k' FROM "a""#),
            (
                "a",
                r#"SELECT * FROM "a" WHERE "x" = $1 AND "y" = ANY($2) AND "z" LIKE $3 ESCAPE '\'"#,
            ),
            (
                "a",
                "SELECT 'FROM x', $$ FROM w $$, E'\\' FROM v', \"FROM u\" /* FROM y /* FROM z */ */ FROM \"a\" -- FROM t",
            ),
        ],
    );
}

#[test]
fn a_with_hides_a_table_only_where_it_is_seen() {
    assert_read(
        Postgres,
        &[
            (
                "film setting",
                r#"WITH "setting" AS (SELECT "v" FROM "setting" WHERE "v" > 1) SELECT 1 FROM "film", "setting""#,
            ),
            (
                "film",
                r#"WITH "a" AS (SELECT 1 AS x FROM "film"), "b" AS (SELECT x FROM "a") SELECT x FROM "b""#,
            ),
            ("b", r#"WITH "a" AS (SELECT x FROM "b"), "b" AS (SELECT 1 AS x) SELECT * FROM "a""#),
            (
                "",
                r#"WITH RECURSIVE "a" AS (SELECT x FROM "b"), "b" AS (SELECT 1 AS x) SELECT * FROM "a""#,
            ),
            (
                "node",
                r#"WITH RECURSIVE "t" AS (SELECT "id" FROM "node" UNION ALL SELECT 1 FROM "node" JOIN "t" ON true) SELECT * FROM "t""#,
            ),
            (
                "setting",
                r#"SELECT * FROM "setting" WHERE "id" IN (WITH "setting" AS (SELECT 1 AS "id") SELECT "id" FROM "setting")"#,
            ),
            ("t", r#"(WITH "t" AS (SELECT 1) SELECT * FROM "t") UNION SELECT * FROM "t""#),
            (
                "a",
                r#"WITH "t" AS (SELECT 1) SELECT * FROM "a" ORDER BY (SELECT 1 FROM "t") LIMIT (SELECT 1 FROM "t")"#,
            ),
            (
                "a",
                r#"WITH "t" AS (WITH "u" AS (SELECT 1 FROM "a") SELECT * FROM "u") SELECT * FROM "t""#,
            ),
            (
                "a u",
                r#"WITH "t" AS (WITH "u" AS (SELECT 1 FROM "a") SELECT * FROM "u") SELECT * FROM "t", "u""#,
            ),
            (
                "t",
                r#"WITH "t" AS (WITH "t" AS (SELECT 1 FROM "t") SELECT * FROM "t") SELECT * FROM "t""#,
            ),
            ("archive.film", r#"WITH "film" AS (SELECT 1) SELECT * FROM "archive"."film""#),
            ("", "WITH Setting AS (SELECT 1) SELECT * FROM SETTING"),
            ("", r#"WITH setting AS (SELECT 1) SELECT * FROM "setting""#),
            ("Setting", r#"WITH setting AS (SELECT 1) SELECT * FROM "Setting""#),
            ("setting", r#"WITH "Setting" AS (SELECT 1) SELECT * FROM Setting"#),
            ("a", r#"WITH "t"("x") AS NOT MATERIALIZED (SELECT 1 FROM "a") SELECT "x" FROM "t""#),
        ],
    );
    // Unlike PostgreSQL, MySQL lets a recursive name see itself and those before it, and none after it.
    assert_read(
        MySql,
        &[
            ("b", "WITH RECURSIVE a AS (SELECT x FROM b), b AS (SELECT 1 AS x) SELECT * FROM a"),
            (
                "",
                "WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a WHERE n < 9) SELECT * FROM a",
            ),
            ("A", "WITH a AS (SELECT 1) SELECT * FROM A"),
        ],
    );
    assert_read(
        Sqlite,
        &[
            ("", r#"WITH "Setting" AS (SELECT 1) SELECT * FROM [SETTING]"#),
            (
                "node",
                "WITH RECURSIVE t AS (SELECT id FROM node UNION SELECT node.id FROM node, t) SELECT * FROM t",
            ),
        ],
    );
}

#[test]
fn names_keep_their_schema_and_their_case() {
    assert_read(
        Postgres,
        &[
            (
                "archive.film film",
                r#"SELECT "id" FROM "film" WHERE "id" NOT IN (SELECT "id" FROM "archive"."film")"#,
            ),
            ("db.archive.film", r#"SELECT "id" FROM "db"."archive"."film""#),
            ("Film archive.film film", r#"SELECT * FROM Film, "Film", ARCHIVE.Film"#),
            (r#"fi"lm"#, r#"SELECT * FROM "fi""lm""#),
        ],
    );
    assert_read(
        MySql,
        &[
            ("Film film other.a", "SELECT * FROM Film, `film`, `other`.`a`"),
            ("fi`lm", "SELECT * FROM `fi``lm`"),
        ],
    );
    assert_read(Sqlite, &[("FILM aux.a", r#"SELECT * FROM FILM, "aux"."a""#)]);
}

#[test]
fn statements_of_mysql_are_read() {
    assert_read(
        MySql,
        &[
            (
                "a b",
                "SELECT `a`.`id` FROM `a` USE INDEX (`i`) STRAIGHT_JOIN `b` ON `a`.`id` = `b`.`id`",
            ),
            (
                "a s",
                "SELECT `g` FROM `a` GROUP BY `g` WITH ROLLUP HAVING COUNT(*) > (SELECT `v` FROM `s`)",
            ),
            (
                "a b c",
                "SELECT 1 FROM `a` JOIN `b` ON `a`.`id` = `b`.`id` AND `b`.`x` IN (SELECT `x` FROM `c`)",
            ),
            (
                "a b",
                "SELECT * FROM `a`, JSON_TABLE((SELECT `j` FROM `b`), '$[*]' COLUMNS (x INT PATH '$')) AS t",
            ),
            ("a", "SELECT * FROM `a` PARTITION (p0)"),
            (
                "a",
                "SELECT * FROM `a` WHERE `x` = ? AND MATCH (`y`) AGAINST (? IN BOOLEAN MODE) LIMIT ?, ?",
            ),
            ("a b", "(SELECT * FROM `a` ORDER BY 1 LIMIT 2) UNION ALL (SELECT * FROM `b`) LIMIT 3"),
            ("a b", "SELECT 'FROM x', \"FROM y\" FROM a # FROM z\n, b -- FROM w"),
            ("a b", "SELECT 1--1 FROM a, b"),
            ("t", "SELECT a || -- it's\n b FROM t -- it's"),
            ("a b", "SELECT 1 FROM a /* /* */ , b /* */"),
            ("a", "SELECT GROUP_CONCAT(DISTINCT x ORDER BY y SEPARATOR ', ') FROM a"),
        ],
    );
}

#[test]
fn statements_of_sqlite_are_read() {
    assert_read(
        Sqlite,
        &[
            ("a s", r#"SELECT "g" FROM "a" GROUP BY "g" HAVING count(*) > (SELECT "v" FROM "s")"#),
            ("a b", r#"SELECT "x" FROM "a" WHERE "x" IN "b""#),
            ("a aux.b", r#"SELECT "x" FROM "a" WHERE "x" NOT IN "aux"."b""#),
            ("a", r#"SELECT "x" FROM "a" INDEXED BY "i" WHERE "x" = ?"#),
            ("ft", r#"SELECT * FROM "ft" WHERE "ft" MATCH ?"#),
            ("a b", r#"SELECT "x" FROM "a" ORDER BY (SELECT "w" FROM "b") NULLS LAST LIMIT ?"#),
            ("a b", r#"SELECT row_number() OVER (ORDER BY (SELECT "w" FROM "b")) FROM "a""#),
            ("b", "SELECT $$ FROM b WHERE x = $$"),
            ("t", "SELECT a ||-- its\n b FROM t -- its"),
            ("t", "SELECT a <<-- its\n b ->>-- its\n c FROM t -- its"),
            ("a", "SELECT date(x), strftime('%Y', x), datetime(x, 'unixepoch') FROM a"),
            (
                "a b",
                "SELECT 'FROM x', \"FROM y\", `FROM z`, [FROM w] FROM a /* FROM v /* FROM u */ , b -- FROM t",
            ),
        ],
    );
}
