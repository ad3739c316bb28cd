"""Waiting for a program: for each of its jobs, and for its own end where the cluster knows that."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.errors import JobFailed, JobForgotten
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.jobs.wait import wait_for_job, wait_for_program
from tests.flink.recordings import recorded
from tests.jobs.script import (
    APPLICATIONS,
    CANCEL,
    CLUSTER_SETTINGS,
    DETAIL,
    GONE,
    ID,
    OVERVIEW,
    SECOND_ID,
    Script,
    detail,
    jobmanager,
    listed,
    refusal,
    row,
)

APPLICATION = "GET /applications/:id"
EXCEPTIONS = "GET /applications/:id/exceptions"
MAIN_THREW = recorded("2.3.0", "application-exceptions-main-throws").answer
PROCESS = "/tmp/flink-web-1"
BOTH = [ID, SECOND_ID]


def wait(script: Script, until: str = "finished", job_ids: list[str] | None = None) -> ProgramRun:
    ids = job_ids or [ID]
    flow = wait_for_program(
        script.backend, program_id=ID, job_id=ids[0], job_ids=ids, until=until, poll_interval=10, process=PROCESS
    )
    return script.run(flow)


def application(status: str, *jobs: dict[str, Any]) -> dict[str, Any]:
    times = {"start-time": 1, "end-time": -1, "duration": 1, "timestamps": {}}
    return {"id": ID, "name": "demo", "status": status, "jobs": list(jobs), **times}


class TestOnOlderFlinks:
    def test_each_job_is_waited_for(self) -> None:
        first, second = row("FINISHED"), row("RUNNING", SECOND_ID)
        script = Script("1.20.5").jobs([first, second], [first, second], [first, row("FINISHED", SECOND_ID)])
        assert wait(script, job_ids=BOTH).has_finished
        assert script.count(OVERVIEW) == 3

    def test_one_that_was_seen_to_finish_may_be_forgotten(self) -> None:
        """A job store of few jobs keeps the last ones only."""
        first, second = row("FINISHED"), row("RUNNING", SECOND_ID)
        script = Script("1.20.5").jobs([first, second], [second], [row("FINISHED", SECOND_ID)])
        assert wait(script, job_ids=BOTH).job_ids == BOTH

    def test_all_of_them_have_to_run(self) -> None:
        first, starting = row("RUNNING"), row("CREATED", SECOND_ID)
        script = Script("1.20.5").jobs([first, starting], [first, row("RUNNING", SECOND_ID)])
        wait(script, "running", BOTH)
        assert script.count(OVERVIEW) == 2

    def test_where_one_fails_the_others_are_cancelled(self) -> None:
        """As Flink 2.3 does it: a retry starts all of them."""
        script = Script("1.20.5").jobs([row("FAILED"), row("RUNNING", SECOND_ID)]).on(CANCEL, {})
        with pytest.raises(JobFailed, match="'count' FAILED"):
            wait(script, job_ids=BOTH)
        assert f"PATCH /jobs/{SECOND_ID}" in script.sent


class TestOfAnApplication:
    @staticmethod
    def script(*looks: Any, states: list[str], **jobs: int) -> Script:
        script = Script("2.3.0").jobs(*looks).on(APPLICATIONS, *(listed(state, **jobs) for state in states))
        return script.on(EXCEPTIONS, {"exceptionHistory": {"entries": []}})

    def test_its_own_end_is_waited_for(self) -> None:
        script = self.script(row("FINISHED"), states=["RUNNING", "FINISHED"], FINISHED=1)
        assert wait(script).status == "FINISHED"
        assert script.pauses == [1.0]

    def test_jobs_that_come_later_are_found(self) -> None:
        both = [row("FINISHED"), row("FINISHED", SECOND_ID)]
        script = self.script(both, states=["FINISHED"], FINISHED=2).on(APPLICATION, application("FINISHED", *both))
        assert wait(script).job_ids == sorted(BOTH)
        assert script.count(APPLICATION) == 1

    def test_where_all_jobs_are_known_it_is_not_asked_for_by_itself(self) -> None:
        """Many waits share the two lists."""
        script = self.script(row("RUNNING"), row("FINISHED"), states=["RUNNING", "FINISHED"], RUNNING=1)
        wait(script)
        assert script.count(APPLICATION) == 0

    def test_a_main_that_fails_after_its_job_fails_the_program(self) -> None:
        script = self.script(row("FINISHED"), states=["FAILED"], FINISHED=1).on(EXCEPTIONS, MAIN_THREW)
        with pytest.raises(JobFailed, match=r"^The program's main\(\) failed: IllegalStateException: probe"):
            wait(script)

    def test_its_reason_may_come_a_moment_after_its_job_was_cancelled(self) -> None:
        script = self.script(row("CANCELED"), states=["RUNNING", "RUNNING", "FAILED"], CANCELED=1)
        script.on(EXCEPTIONS, MAIN_THREW)
        with pytest.raises(JobFailed, match=r"cancelled by the cluster: The program's main\(\) failed"):
            wait(script)

    def test_one_that_somebody_has_cancelled(self) -> None:
        with pytest.raises(JobFailed, match="and not by this task"):
            wait(self.script(row("CANCELED"), states=["CANCELED"], CANCELED=1))


class TestForgotten:
    @pytest.mark.parametrize(
        ("settings", "hopeless"),
        [
            (jobmanager("1"), True),
            (jobmanager("2", high_availability="zookeeper"), True),
            (jobmanager("2"), False),
            (refusal(403, "No."), False),
        ],
        ids=["same JobManager", "high availability", "another JobManager", "unknown"],
    )
    def test_work_that_has_ended_nobody_knows_how(self, settings: Any, hopeless: bool) -> None:
        script = Script("1.20.5").jobs(row("RUNNING"), GONE).on(CLUSTER_SETTINGS, settings)
        with pytest.raises(JobForgotten, match="no longer knows job") as caught:
            wait(script)
        assert caught.value.hopeless is hopeless

    def test_a_stream_is_started_again_by_the_next_try(self) -> None:
        with pytest.raises(JobForgotten) as caught:
            wait(Script("1.20.5").jobs(row("CREATED"), GONE), "running")
        assert not caught.value.hopeless

    @pytest.mark.parametrize("is_program", [False, True])
    def test_one_list_that_lacks_a_job_proves_nothing(self, is_program: bool) -> None:
        """A proxy, or another JobManager, may have sent it."""
        script = Script("1.20.5").jobs(row("RUNNING"), GONE, row("FINISHED")).on(DETAIL, detail())
        script.lists_all = False
        if is_program:
            assert wait(script).has_finished
        else:
            flow = wait_for_job(script.backend, job_id=ID, until="finished", poll_interval=10)
            assert script.run(flow).status == "FINISHED"
        assert script.count(OVERVIEW) == 3
