"""Many jobs are watched through the list, few one by one."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.dli.project import given
from airflow_provider_dli.jobs.dli.lookout import Lookout
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.flow import drive
from airflow_provider_dli.rest.request import Answer, Request

JOBS = 250


class Dli:
    """A project with many jobs, the newest with the highest number; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.now = 0.0
        self.lookout = Lookout(Gate(lambda: given("p")), lambda: self.now)
        self.statuses: dict[int, str] = {}

    def look(self, job_id: int) -> Any:
        found = drive(self.lookout.look(str(job_id)), self._answer)
        return found.value if found else None

    def _answer(self, request: Any) -> Any:
        assert isinstance(request, Request)
        query = dict(request.query)
        if "offset" in query:
            self.asked[f"page {query['offset']}"] += 1
            numbers = range(JOBS, 0, -1)[int(query["offset"]) :][: int(query["limit"])]
            body: Any = {
                "is_success": "true",
                "job_list": {"total_count": JOBS, "jobs": [self._job(n) for n in numbers]},
            }
            return read(request, "", Answer(200, {}, json.dumps(body).encode()))
        number = int(request.path.rpartition("/")[2])
        self.asked["detail"] += 1
        if number > JOBS:
            body, status = {"error_code": "DLI.16001", "error_msg": "no such job"}, 400
        else:
            body, status = {"job_detail": {**self._job(number), "job_config": {"restart_when_exception": True}}}, 200
        return read(request, "", Answer(status, {}, json.dumps(body).encode()))

    def _job(self, number: int) -> dict[str, Any]:
        return {"job_id": number, "name": f"job-{number}", "status": self.statuses.get(number, "job_running")}


@pytest.fixture
def dli() -> Dli:
    return Dli()


def test_one_job_is_looked_at_by_itself(dli: Dli) -> None:
    for _ in range(3):
        assert dli.look(7).name == "job-7"
    assert dli.asked == {"detail": 3}


def test_many_are_found_on_pages_that_all_of_them_ask_for(dli: Dli) -> None:
    watched = range(JOBS, JOBS - 20, -1)
    for _ in range(2):
        dli.asked.clear()
        assert [dli.look(number).job_id for number in watched] == list(watched)
    # Each asks for the same page, which a sender that shares answers sends once.
    assert dli.asked == {"page 0": 20}


def test_more_pages_than_jobs_are_not_worth_it(dli: Dli) -> None:
    dli.look(1)
    dli.look(2)
    dli.asked.clear()
    assert dli.look(2).name == "job-2"
    assert dli.asked == {"detail": 1}


def test_what_is_no_longer_watched_does_not_count(dli: Dli) -> None:
    for number in range(JOBS, JOBS - 20, -1):
        dli.look(number)
    dli.now += 61
    dli.asked.clear()
    dli.look(JOBS)
    assert dli.asked == {"detail": 1}


def test_whether_a_failed_one_is_to_be_restarted_is_looked_up(dli: Dli) -> None:
    dli.statuses[JOBS] = "job_running_exception"
    for number in range(JOBS - 20, JOBS):
        dli.look(number)
    assert dli.look(JOBS).job_config.restart_when_exception is True


def test_one_that_is_not_on_the_list_is_looked_for_by_itself(dli: Dli) -> None:
    for number in range(JOBS - 20, JOBS):
        dli.look(number)
    dli.asked.clear()
    assert dli.look(JOBS + 1) is None
    assert dli.asked == {"page 0": 1, "page 100": 1, "page 200": 1, "detail": 1}
