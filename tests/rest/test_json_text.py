"""JSON texts: the same values whole and in pieces, and a refusal where there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_dli.rest.json_text import read_json
from tests.mutations import fuzzed

ROWS = '{"jobs": [{"id": "1", "n": 1.5}, {}], "none": [], "one": [null], "more": {"a": [1]}, "t": "[{,]}\\ud800"}'


@pytest.mark.parametrize("text", [ROWS, f" \n[ {ROWS} , {ROWS}]\t", "[]", " {} ", "7", '"a"', "null", "[[1], [2]]"])
def test_json_is_the_same_when_it_is_read_in_pieces(text: str) -> None:
    assert read_json(text, in_pieces=True) == read_json(text)


@fuzzed(500)
@given(st.integers(0, len(ROWS)), st.integers(0, 3), st.text('{}[],:" 1a\n', max_size=3))
def test_json_that_is_mutated_is_the_same_or_refused_when_it_is_read_in_pieces(at: int, cut: int, more: str) -> None:
    text = ROWS[:at] + more + ROWS[at + cut :]
    results = []
    for in_pieces in (False, True):
        try:
            results.append(read_json(text, in_pieces=in_pieces))
        except ValueError:
            results.append(ValueError)
    assert results[0] == results[1]


def test_json_of_any_depth_and_with_any_number_is_read_or_refused() -> None:
    assert read_json(f"[{'9' * 5000}]") == [float("inf")]
    for in_pieces in (False, True):
        with pytest.raises(ValueError, match="nested too deeply"):
            read_json('{"a": ' * 100_000, in_pieces=in_pieces)
