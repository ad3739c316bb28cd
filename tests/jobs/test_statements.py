from __future__ import annotations

import pytest

from airflow_provider_dli.jobs.statements import Statement, split

SET = "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END"


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
    ],
)
def test_a_statement_tells_by_its_first_word_whether_it_starts_a_job(text: str, starts: bool) -> None:
    assert Statement(text).starts_job is starts
