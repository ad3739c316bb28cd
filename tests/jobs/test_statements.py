from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_dli.jobs.statements import Statement, _Token, split
from tests.mutations import fuzzed

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


#: What looks like the end of a statement, or like a part of a set, and is none.
TRAPS = [
    "a",
    ";",
    "--",
    "/*",
    "*/",
    "//",
    "END",
    "; END",
    "STATEMENT SET BEGIN",
    "'",
    '"',
    "`",
    "\n",
    "é",
    "/*+ x */",
    "{{ x }}",
]
SPACES = st.sampled_from([" ", "\n", "\t ", " \r\n"])


def _text(quote: str) -> st.SearchStrategy[str]:
    """Return literals or quoted names: in them, a quote is written twice."""
    inner = st.lists(st.sampled_from(TRAPS), max_size=4).map("".join)
    return inner.map(lambda text: f"{quote}{text.replace(quote, quote * 2)}{quote}")


def _without(text: str, *ends: str) -> str:
    for end in ends:
        text = text.replace(end, " ")
    return text


INNER = st.lists(st.sampled_from(TRAPS), max_size=4).map(" ".join)
COMMENTS = st.one_of(
    INNER.map(lambda text: f"--{_without(text, chr(10))}\n"),
    INNER.map(lambda text: f"//{_without(text, chr(10))}\n"),
    INNER.map(lambda text: f"/* {_without(text, '*/')} */"),
)
PIECES = st.one_of(
    st.sampled_from(["a", "t1", "SELECT", "CASE WHEN x THEN 1 END", "(", "=", "4 / 2", "1 - 1", "END", "BEGIN", "SET"]),
    _text("'"),
    _text("`"),
    COMMENTS,
)


def _statement(head: str) -> st.SearchStrategy[str]:
    rest = st.lists(st.tuples(SPACES, PIECES).map("".join), max_size=6).map("".join)
    return rest.map(lambda text: f"{head}{text} x")


HEADS = {
    "SELECT": False,
    "USE": False,
    "CREATE VIEW v AS": False,
    "CREATE TABLE t (a INT": False,
    "SET": False,
    "INSERT INTO t": True,
    "insert overwrite t": True,
    "UPDATE t": True,
    "DELETE FROM t": True,
    "CALL p": True,
    "EXECUTE PLAN": True,
}
PLAIN = st.sampled_from(sorted(HEADS)).flatmap(_statement)
INSERTS = st.lists(_statement("INSERT INTO t"), min_size=1, max_size=3).map(lambda all_: "; ".join(all_) + ";")
SET_HEADS = {
    "EXECUTE STATEMENT SET": True,
    "EXPLAIN STATEMENT SET": False,
    "COMPILE PLAN '/p;' FOR STATEMENT SET": False,
    "compile and execute plan '/p' for statement set": True,
}
WHOLE_SETS = st.builds(
    lambda head, space, inserts, comment: f"{head}{space}BEGIN{space}{inserts}{space}{comment} END",
    st.sampled_from(sorted(SET_HEADS)),
    SPACES,
    INSERTS,
    COMMENTS,
)


@fuzzed(300)
@given(st.lists(PLAIN | WHOLE_SETS, max_size=5), SPACES, st.booleans())
def test_a_generated_script_is_split_into_its_statements(statements: list[str], space: str, ends: bool) -> None:
    script = f"{space};{space}".join(statements) + (";" if ends else "")
    assert split(script) == tuple(statements)


@fuzzed(200)
@given(COMMENTS, PLAIN | WHOLE_SETS)
def test_whether_a_generated_statement_starts_a_job(comment: str, text: str) -> None:
    starts = next(starts for head, starts in (HEADS | SET_HEADS).items() if text.startswith(head))
    assert Statement(f"{comment} {text}").starts_job is starts


def test_each_token_of_a_long_script_is_read_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    code, reads = _Token.code.fget, 0  # type: ignore[attr-defined]

    def counted(token: _Token) -> str:
        nonlocal reads
        reads += 1
        return str(code(token))

    monkeypatch.setattr(_Token, "code", property(counted))
    inserts = " ".join(f"INSERT INTO t{number} SELECT a FROM s;" for number in range(500))
    assert len(split(f"EXECUTE STATEMENT SET BEGIN {inserts} END; USE x")) == 2
    # An INSERT has six words, five spaces and a semicolon, and a space behind it.
    assert reads < 5 * 13 * 500
