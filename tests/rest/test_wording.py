from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_dli.rest.wording import listed, number_text
from tests.mutations import fuzzed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1764550000000.0, "1764550000000"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333333"),
        (1e6, "1000000"),
        (2.5e20, "250000000000000000000"),
        (2**70, "1.18059162071741e+21"),
        (30, "30"),
        (-2.0, "-2"),
        (-0.0, "0"),
        (0.000001, "0.000001"),
        (1e-7, "1e-07"),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
)
def test_a_number_is_written_as_people_write_it(value: float, text: str) -> None:
    assert number_text(value) == text


@fuzzed(200)
@given(st.floats(1e-6, 1e21, exclude_max=True) | st.integers(-(10**20), 10**20))
def test_a_number_has_no_exponent_and_keeps_its_value(value: float) -> None:
    assert "e" not in number_text(value)
    assert float(number_text(value)) == pytest.approx(float(value), rel=1e-14)


def test_a_long_list_is_cut() -> None:
    assert listed([1, 2]) == "1, 2"
    assert listed(range(300), most=3) == "0, 1, 2 and 297 more"
    assert listed([]) == ""
