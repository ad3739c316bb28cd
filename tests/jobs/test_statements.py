from __future__ import annotations

import pytest

from airflow_provider_dli.jobs.statements import Statement, split

SET = "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END"

#: Heads that open a set, and contents that look like its end, or like a comment.
SETS = [
    "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT s FROM t WHERE s <> '--'; INSERT INTO b SELECT 2; END",
    "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT * FROM t WHERE p = '/data/*'; END -- done\n",
    "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT CASE WHEN x THEN 1 END; INSERT INTO b SELECT 'END'; /* ; */ END",
    "EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END",
    "EXPLAIN ESTIMATED_COST, CHANGELOG_MODE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END",
    "COMPILE PLAN '/p;1' FOR STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END",
    "compile and execute plan '/p' if not exists for statement set begin insert into a select 1; end",
    "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT `END` FROM t; END",
]


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("", ()),
        (" ;; \n", ()),
        ("-- nothing; at all\n/* nor; here */", ()),
        ("SELECT 1", ("SELECT 1",)),
        ("USE x; SELECT 1;", ("USE x", "SELECT 1")),
        ("SELECT 'a;b'; SELECT 'it''s; fine'", ("SELECT 'a;b'", "SELECT 'it''s; fine'")),
        ("SELECT `a;b` FROM t; USE x", ("SELECT `a;b` FROM t", "USE x")),
        ("SELECT 1 -- one; two\n+ 1; USE x", ("SELECT 1 -- one; two\n+ 1", "USE x")),
        ("SELECT 1 /* a; 'b */; USE x", ("SELECT 1 /* a; 'b */", "USE x")),
        ("SELECT 4 / 2 - 1; USE x", ("SELECT 4 / 2 - 1", "USE x")),
        (f"USE x; {SET}; USE y", ("USE x", SET, "USE y")),
        (f"-- both\n{SET.lower()};", (f"-- both\n{SET.lower()}",)),
        ("SELECT 'never closed; at all", ("SELECT 'never closed; at all",)),
        ("SELECT 1 /* never closed; at all", ("SELECT 1 /* never closed; at all",)),
        ("SELECT 1 // one; two\n+ 1; USE x", ("SELECT 1 // one; two\n+ 1", "USE x")),
        ("SELECT 'http://a;b'; USE x", ("SELECT 'http://a;b'", "USE x")),
        ('SELECT "a;b"; USE x', ('SELECT "a;b"', "USE x")),
        ("SELECT /*+ OPTIONS('a'=';') */ 1; USE x", ("SELECT /*+ OPTIONS('a'=';') */ 1", "USE x")),
        ("SELECT 'it''s -- no comment; '; USE x", ("SELECT 'it''s -- no comment; '", "USE x")),
        ("SELECT `a``;b`; USE x", ("SELECT `a``;b`", "USE x")),
        ("SELECT '--'; SELECT '/*'; SELECT '*/'", ("SELECT '--'", "SELECT '/*'", "SELECT '*/'")),
        *[(f"{one}; INSERT INTO c SELECT 3", (one.strip(), "INSERT INTO c SELECT 3")) for one in SETS],
        (
            "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;",
            ("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;",),
        ),
        ("BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;", ("BEGIN STATEMENT SET", "INSERT INTO a SELECT 1", "END")),
        ("EXPLAIN SELECT 1; INSERT INTO a SELECT 1", ("EXPLAIN SELECT 1", "INSERT INTO a SELECT 1")),
    ],
)
def test_a_script_is_split_where_statements_end(script: str, statements: tuple[str, ...]) -> None:
    assert split(script) == statements


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("INSERT INTO t SELECT 1", True),
        ("-- why\n /* more */ insert overwrite t SELECT 1", True),
        (SET, True),
        ("END", True),
        ("SELECT 1", False),
        ("CREATE TABLE inserts (a INT)", False),
        ("INSERTS", False),
        ("CREATE TABLE s AS SELECT n FROM t", True),
        ("CREATE TABLE IF NOT EXISTS s WITH ('a' = 'b') AS SELECT n FROM t", True),
        ("CREATE TABLE s (PRIMARY KEY (n) NOT ENFORCED) WITH ('a' = 'b') AS SELECT n FROM t", True),
        ("CREATE OR REPLACE TABLE s AS WITH x AS (SELECT 1) SELECT * FROM x", True),
        ("create temporary table s as select 1", True),
        ("REPLACE TABLE s AS SELECT 1", True),
        ("CREATE TABLE s (n INT, m AS n + 1, WATERMARK FOR t AS t - INTERVAL '1' SECOND)", False),
        ("CREATE TABLE s (`as` INT) COMMENT 'made AS SELECT'", False),
        ("CREATE TABLE s LIKE t", False),
        ("CREATE VIEW v AS SELECT 1", False),
        ("CREATE FUNCTION f AS 'a.B'", False),
        ("UPDATE t SET a = 1", True),
        ("DELETE FROM t", True),
        ("CALL sys.compact('t')", True),
        ("COMPILE AND EXECUTE PLAN '/p' FOR INSERT INTO a SELECT 1", True),
        ("EXECUTE PLAN '/p'", True),
        ("COMPILE PLAN '/p' FOR INSERT INTO a SELECT 1", False),
        ("EXPLAIN INSERT INTO a SELECT 1", False),
        ("EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END", False),
        ("SET 'a' = 'INSERT'", False),
        ("DROP TABLE t", False),
        ("", False),
    ],
)
def test_whether_a_statement_starts_a_job(text: str, starts: bool) -> None:
    assert Statement(text).starts_job is starts
