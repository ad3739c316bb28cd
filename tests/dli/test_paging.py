"""Lists in pages are read to their end."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.dli.endpoints import flink_jobs
from airflow_provider_dli.dli.paging import every
from airflow_provider_dli.rest.errors import NoAnswer
from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.request import Request
from tests.rest.simulation import Simulation, failed


def read(items: list[int], size: int = 3) -> tuple[list[int], list[str]]:
    """Read a list of which each answer is a page."""
    simulation = Simulation([None])
    begins: list[str] = []

    def page(begin: int) -> Request[Any]:
        begins.append(str(begin))
        return flink_jobs.list_jobs(offset=begin, limit=size)

    def one_page(_: Any) -> list[int]:
        begin = int(dict(simulation.sent[-1].query)["offset"])
        return items[begin : begin + size]

    found: Flow[list[int]] = every(ask, page, one_page, size)
    return simulation.run(found), begins


@pytest.mark.parametrize(
    ("count", "begins"),
    [(0, ["0"]), (1, ["0"]), (2, ["0"]), (3, ["0", "3"]), (4, ["0", "3"]), (6, ["0", "3", "6"]), (7, ["0", "3", "6"])],
)
def test_each_page_begins_where_the_last_has_ended(count: int, begins: list[str]) -> None:
    assert read(list(range(count))) == (list(range(count)), begins)


def test_a_page_that_fails_fails_the_whole() -> None:
    """Half a list is no list: a name that is not in it may be in use."""
    simulation = Simulation([[1, 2, 3], failed(NoAnswer, flink_jobs.list_jobs())])
    with pytest.raises(NoAnswer):
        simulation.run(every(ask, lambda begin: flink_jobs.list_jobs(offset=begin), list, 3))
    assert len(simulation.sent) == 2
