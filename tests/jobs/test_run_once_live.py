"""A program of one task runs once, also where the cluster would run it again: what is counted is runs in its log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import JobForgotten
from airflow_provider_dli.jobs.flink.ways import Submission, Way
from airflow_provider_dli.jobs.ledger import VolatileLedger
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.jobs.submit import record_end, run_program
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import Request
from tests.jobs.live import DEMO, Live
from tests.local.waiting import wait_until
from tests.selection import FLINK_1, FLINKS

pytestmark = [pytest.mark.live, pytest.mark.long]


@pytest.fixture(params=[(version, ha) for version in FLINKS for ha in (False, True)], ids=str)
def small(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A cluster that remembers one job that has ended."""
    version, high_availability = request.param
    settings = {"jobstore.max-capacity": "1"}
    with LocalFlink(version, high_availability=high_availability, configuration=settings) as flink, Live(flink) as live:
        yield live


def run_of(live: Live, attempt: Attempt) -> Flow[ProgramRun]:
    """The start of a bounded program, as an operator does it."""
    what = Submission(DEMO, Program(BOUNDED_COUNT), 60, Way.ONE_JOB, tag=attempt.ids[0])
    return run_program(live.backend, attempt, lambda one: live.backend.submit_program(one, what), is_bounded=True)


def runs(live: Live, job_id: str) -> int:
    """How often the cluster has begun to run a job."""
    log = "".join(file.read_text() for file in live.flink.logs.glob("*jobmanager*.log"))
    return len(re.findall(rf"Submitting job '.*' \({job_id}\)", log))


def is_evicted(live: Live, job_id: str) -> bool:
    live.batch()
    return job_id not in live.all_jobs()


@pytest.mark.parametrize("was_seen", [False, True], ids=["its end was not seen", "its end was seen"])
def test_a_finished_job_that_the_cluster_has_forgotten(small: Live, was_seen: bool) -> None:
    first = Attempt(small.identity, "once", ledger=VolatileLedger())
    run = small.run(run_of(small, first))
    job = small.wait(run.job_ids[0])
    if was_seen:
        small.run(record_end(first, replace(run, jobs=(job,), state=None)))
    small.attempt = Attempt(small.identity, "another")
    wait_until(lambda: is_evicted(small, job.id))
    again = run_of(small, replace(first, is_retry=True))
    if was_seen:
        assert small.run(again).job_ids == [job.id]
    else:
        with pytest.raises(JobForgotten, match="ran before") as caught:
            small.run(again)
        assert caught.value.hopeless
    assert runs(small, job.id) == 1


def test_a_worker_that_was_suspended_just_before_its_request(small: Live) -> None:
    """No try knows of the other one; with high availability, Flink 1.20 would take the id again."""
    suspended = run_of(small, Attempt(small.identity, "once"))
    request = up_to_the_run(small, suspended)
    run = small.run(run_of(small.again(), Attempt(small.identity, "once", is_retry=True)))
    job_id = run.job_ids[0]
    assert small.wait(job_id).status == "FINISHED"
    try:
        small._sender.send(request)
    except RestError as error:
        said = str(error)
    else:
        said = ""
    assert "does not exist" in said or "already been submitted" in said
    assert runs(small, job_id) == 1
    if small.flink.version == FLINK_1:
        assert "does not exist" in said


def up_to_the_run(live: Live, flow: Flow[Any]) -> Request[Any]:
    """Perform what a flow yields, up to the request that runs the jar."""
    step = next(flow)
    while not (isinstance(step, Request) and re.search("/run(-application)?$", step.path)):
        step = flow.send(live._sender.send(step) if isinstance(step, Request) else None)
    return step
