"""What each of DLI's statuses means to a wait."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.hooks.object_store import OpenedStore
from airflow_provider_dli.jobs.dli.checkpoint import wait_for_dli_checkpoint
from airflow_provider_dli.jobs.dli.states import FLINK, is_active
from airflow_provider_dli.jobs.end import end_job
from airflow_provider_dli.jobs.errors import JobFailed
from airflow_provider_dli.jobs.look import look
from airflow_provider_dli.jobs.model import JobState
from airflow_provider_dli.jobs.wait import wait_for_job, wait_for_status
from airflow_provider_dli.jobs.watch_metric import wait_for_metric
from airflow_provider_dli.rest.patience import WaitTimedOut, within
from airflow_provider_dli.sensors.dli import DliFlinkJobStatusSensor
from tests.every_task import make
from tests.jobs.dli.script import GRAPH, JOB, METRICS, STOP, URL, Script, graph, refusal, seen

PENDING = {
    "job_init": JobState.DRAFT,
    "job_submitting": JobState.STARTING,
    "job_submiting": JobState.STARTING,
    "job_downloading": JobState.STARTING,
    "job_idle": JobState.STARTING,
    "job_canceling": JobState.ENDING,
    "job_arrearage_recovering": JobState.RESTARTING,
    "job_dreaming": JobState.UNKNOWN,
}
AT_WORK = {"job_running": JobState.RUNNING, "job_savepointing": JobState.SAVEPOINTING}
BAD = {
    "job_submit_fail": JobState.FAILED,
    "job_running_exception": JobState.FAILED,
    "job_cancel_fail": JobState.FAILED,
    "job_arrearage_stopped": JobState.FAILED,
    "job_cancel_success": JobState.CANCELED,
}
ALL = PENDING | AT_WORK | BAD | {"job_finish": JobState.FINISHED}


def test_there_are_fourteen() -> None:
    """What was misspelled once is understood, and nobody has to wait for it."""
    assert {*FLINK, "job_submiting"} == ALL.keys() - {"job_dreaming"}
    assert len(FLINK) == 14
    assert make(DliFlinkJobStatusSensor, statuses=list(FLINK)).statuses == list(FLINK)


@pytest.mark.parametrize(("status", "state"), ALL.items())
def test_a_status_is_seen(status: str, state: JobState) -> None:
    script = Script().jobs(seen(status, start_time=1500))
    job = script.run(look(script.backend, JOB))
    assert (job.id, job.name, job.state, job.status, job.started) == (JOB, "count", state, status, 1.5)
    assert is_active(state) is (status in (PENDING | AT_WORK).keys() - {"job_init"})


@pytest.mark.parametrize("started", [None, 0, -1])
def test_a_job_that_never_ran_has_no_start(started: int | None) -> None:
    script = Script().jobs(seen("job_init", start_time=started))
    assert script.run(look(script.backend, JOB)).started is None


def wait(script: Script, until: str, **choices: float) -> str:
    return script.run(wait_for_job(script.backend, job_id=JOB, until=until, poll_interval=10, **choices)).status


@pytest.mark.parametrize("until", ["running", "finished"])
@pytest.mark.parametrize("status", PENDING)
def test_waits_go_on(status: str, until: str) -> None:
    script = Script().jobs(seen(status), seen("job_finish"))
    assert wait(script, until) == "job_finish"
    assert script.pauses == [10]


@pytest.mark.parametrize("status", AT_WORK)
def test_what_is_at_work_runs_and_has_not_finished(status: str) -> None:
    assert wait(Script().jobs(seen(status)), "running") == status
    assert wait(Script().jobs(seen(status), seen("job_finish")), "finished") == "job_finish"


@pytest.mark.parametrize("until", ["running", "finished"])
@pytest.mark.parametrize("status", BAD)
def test_a_bad_end_fails_the_wait(status: str, until: str) -> None:
    script = Script().jobs(seen(status, status_desc="Out of disk"))
    with pytest.raises(JobFailed, match="cancelled, and not by" if status == "job_cancel_success" else "Out of disk"):
        wait(script, until)


class TestRunning:
    """A job runs when all its tasks do, as far as DLI tells."""

    @pytest.mark.parametrize("told", [graph("RUNNING", "FINISHED"), graph(), {"execute_graph": None}, refusal("DLI.1")])
    def test_it_does(self, told: object) -> None:
        assert wait(Script().jobs(seen("job_running")).on(GRAPH, told), "running") == "job_running"

    def test_it_does_not_yet(self) -> None:
        script = Script().jobs(seen("job_running")).on(GRAPH, graph("RUNNING", "CREATED"), graph("RUNNING"))
        wait(script, "running")
        assert script.count(GRAPH) == 2

    def test_the_first_start_takes_long(self) -> None:
        script = Script().jobs(seen("job_submitting"), seen("job_running"))
        wait(script, "running")
        assert "the first start on a new queue takes 6 to 10 minutes" in script.told[0]


RESTARTS = {"restart_when_exception": True, "resume_max_num": -1}


def broken(**config: object) -> dict[str, object]:
    return seen("job_running_exception", status_desc="Out of disk", job_config=config)


class TestRecovery:
    """DLI restarts a job by itself that is set so."""

    def test_it_comes_back(self) -> None:
        script = Script().jobs(broken(**RESTARTS), broken(**RESTARTS), seen("job_running"), seen("job_finish"))
        assert wait(script, "finished", recovery=60) == "job_finish"
        assert script.pauses == [2, 2, 10]

    def test_it_comes_back_again(self) -> None:
        script = Script().jobs(broken(**RESTARTS), seen("job_running"), broken(**RESTARTS), seen("job_finish"))
        assert wait(script, "finished", recovery=3) == "job_finish"

    @pytest.mark.parametrize(
        ("config", "recovery", "looks"),
        [
            (RESTARTS, 0, 0),
            (RESTARTS, 10, 5),
            ({"restart_when_exception": False}, 60, 0),
            ({"restart_when_exception": True, "resume_max_num": 0}, 60, 0),
            ({}, 60, 0),
        ],
        ids=["no time", "not in time", "not set so", "never", "nothing is known"],
    )
    def test_it_does_not(self, config: dict[str, object], recovery: float, looks: int) -> None:
        script = Script().jobs(broken(**config))
        with pytest.raises(JobFailed, match="Out of disk"):
            wait(script, "finished", recovery=recovery)
        assert script.pauses == [2] * looks

    def test_only_this_status_recovers(self) -> None:
        script = Script().jobs(seen("job_submit_fail", job_config=RESTARTS))
        with pytest.raises(JobFailed):
            wait(script, "running", recovery=60)
        assert not script.pauses

    def test_a_wait_for_a_status(self) -> None:
        script = Script().jobs(broken(**RESTARTS), seen("job_savepointing"))
        flow = wait_for_status(script.backend, job_id=JOB, statuses=["job_savepointing"], poll_interval=10, recovery=60)
        assert script.run(flow).status == "job_savepointing"

    def test_a_wait_for_a_metric(self) -> None:
        script = Script().jobs(broken(**RESTARTS), broken(**RESTARTS), seen("job_running"))
        measured = {"job_id": int(JOB), "metrics": {"total_read_rate": 5}}
        script.on(METRICS, {"is_success": "true", "metrics": {"jobs": [measured]}})
        given: dict[str, Any] = {"job_id": JOB, "metric": "total_read_rate", "threshold": 1, "poll_interval": 10}
        assert script.run(wait_for_metric(script.backend, **given, recovery=60)).value == 5
        assert script.pauses == [2, 2]
        with pytest.raises(JobFailed, match="Out of disk"):
            script.run(wait_for_metric(script.jobs(broken(**RESTARTS)).backend, **given))

    def test_a_wait_for_a_checkpoint(self, tmp_path: Path) -> None:
        store = OpenedStore(f"file://{tmp_path}")
        config = {**RESTARTS, "checkpoint_path": "bucket/chk"}
        running = seen("job_running", job_config=config)
        script = Script(store).jobs(broken(**config), broken(**config), running)
        given: dict[str, Any] = {"job_id": JOB, "path": None, "poll_interval": 10}
        flow = wait_for_dli_checkpoint(script.backend, **given, recovery=60)
        with pytest.raises(WaitTimedOut, match="the newest is none yet"):
            script.run(within(flow, script.now + 5, script.clock))
        with pytest.raises(JobFailed, match="Out of disk"):
            script.run(wait_for_dli_checkpoint(script.jobs(broken(**config)).backend, **given))

    def test_a_status_that_is_waited_for_needs_no_recovery(self) -> None:
        script = Script().jobs(broken(**RESTARTS))
        flow = wait_for_status(
            script.backend, job_id=JOB, statuses=["job_running_exception"], poll_interval=10, recovery=60
        )
        assert script.run(flow).status == "job_running_exception"
        assert not script.pauses


def test_why_it_failed() -> None:
    failed = seen("job_submit_fail", status_desc=" Queue q is full \n", restart_times=3, savepoint_path="bucket/s/1")
    with pytest.raises(JobFailed) as caught:
        wait(Script().jobs(failed), "running")
    assert str(caught.value) == (
        "Job 'count' job_submit_fail: Queue q is full (restarts: 3; the last good one is the savepoint at bucket/s/1; "
        f"{URL})"
    )


@pytest.mark.parametrize(
    ("status", "config", "words"),
    [
        ("job_running_exception", {"obs_bucket": "logs", "log_enabled": True}, "its logs are in logs"),
        ("job_running_exception", {"obs_bucket": "logs"}, "set obs_bucket and log_enabled to keep its logs"),
        ("job_running_exception", {}, "set obs_bucket and log_enabled to keep its logs"),
        ("job_submit_fail", {"obs_bucket": "logs", "log_enabled": True}, "a job that was not submitted has no logs"),
    ],
    ids=str,
)
def test_a_failure_without_a_reason(status: str, config: dict[str, object], words: str) -> None:
    with pytest.raises(JobFailed, match=f"DLI gives no reason; {words}"):
        wait(Script().jobs(seen(status, job_config=config)), "running")


def test_a_failed_stop_is_named_as_such() -> None:
    with pytest.raises(JobFailed, match=r"No room for it\. Its stop has failed, and it may still run"):
        wait(Script().jobs(seen("job_cancel_fail", status_desc="No room for it.")), "running")


class TestNewestCheckpoint:
    """The error for a failed job names the newest checkpoint. That there is none, only the object store shows."""

    FAILED = seen("job_running_exception", status_desc="Out of disk", job_config={"obs_bucket": "bucket"})

    def told(self, store: OpenedStore | None, **members: Any) -> str:
        with pytest.raises(JobFailed) as caught:
            wait(Script(store).jobs(self.FAILED | members), "running")
        return str(caught.value)

    def test_in_the_object_store(self, tmp_path: Path) -> None:
        for name in ("chk-1", "chk-2"):
            folder = tmp_path / f"bucket/jobs/checkpoint/{JOB}_a1/{name}"
            folder.mkdir(parents=True)
            (folder / "_metadata").touch()
        os.utime(tmp_path / f"bucket/jobs/checkpoint/{JOB}_a1/chk-1/_metadata", (1, 1))
        told = self.told(OpenedStore(f"file://{tmp_path}"))
        assert f"the last good one is the checkpoint at bucket/jobs/checkpoint/{JOB}_a1/chk-2" in told

    def test_none_in_the_object_store(self, tmp_path: Path) -> None:
        assert "there is no checkpoint" in self.told(OpenedStore(f"file://{tmp_path}"))

    def test_an_object_store_that_cannot_be_read(self) -> None:
        told = self.told(OpenedStore("nosuch://"), savepoint_path="bucket/s/1")
        assert "Out of disk (the last good one is the savepoint at bucket/s/1; https" in told

    def test_without_an_object_store_nothing_is_known(self) -> None:
        assert "checkpoint" not in self.told(None)


class TestFailedStop:
    """A job whose stop has failed may still run: what only watches it continues."""

    STOP_FAILED = seen("job_cancel_fail", status_desc="No room", job_config={"checkpoint_path": "bucket/chk"})

    def test_a_wait_for_a_metric(self) -> None:
        measured = {"job_id": int(JOB), "metrics": {"total_read_rate": 5}}
        nothing = {"is_success": "true", "metrics": {"jobs": []}}
        script = Script().jobs(self.STOP_FAILED)
        script.on(METRICS, nothing, {"is_success": "true", "metrics": {"jobs": [measured]}})
        flow = wait_for_metric(script.backend, job_id=JOB, metric="total_read_rate", threshold=1, poll_interval=10)
        assert script.run(flow).value == 5
        assert script.pauses == [10]

    def test_a_wait_for_a_checkpoint(self, tmp_path: Path) -> None:
        script = Script(OpenedStore(f"file://{tmp_path}")).jobs(self.STOP_FAILED)
        flow = wait_for_dli_checkpoint(script.backend, job_id=JOB, path=None, poll_interval=10)
        with pytest.raises(WaitTimedOut, match="is job_cancel_fail; 0 of 1 completed checkpoint"):
            script.run(within(flow, script.now + 25, script.clock))

    def test_a_kill_stops_it(self) -> None:
        script = Script().jobs(self.STOP_FAILED)
        flow = end_job(script.backend, job_id=JOB, how="cancel", directory=None, operation_id="")
        assert "is being cancelled" in script.run(flow).sentence
        assert script.count(STOP) == 1

    def test_a_refused_kill_is_named(self) -> None:
        script = Script().jobs(self.STOP_FAILED).on(STOP, refusal("DLI.0007", several=True))
        flow = end_job(script.backend, job_id=JOB, how="cancel", directory=None, operation_id="")
        assert "DLI.0007" in script.run(flow).sentence


class TestUnknownStatus:
    """It is not taken for an end, and each message names it as unknown."""

    UNKNOWN = "is job_dreaming, a status that this version of the provider does not know"

    def test_a_wait_names_it(self) -> None:
        script = Script().jobs(seen("job_dreaming"), seen("job_finish"))
        wait(script, "finished")
        assert self.UNKNOWN in script.told[0]

    def test_an_end_by_a_user_names_it(self) -> None:
        script = Script().jobs(seen("job_dreaming"))
        flow = within(
            wait_for_status(script.backend, job_id=JOB, statuses=["job_finish"], poll_interval=10),
            script.now + 25,
            script.clock,
        )
        with pytest.raises(WaitTimedOut, match=self.UNKNOWN):
            script.run(flow)

    @pytest.mark.parametrize("status", ["", None])
    def test_a_job_without_a_status(self, status: Any) -> None:
        script = Script().jobs(seen(status), seen("job_finish"))
        wait(script, "finished")
        assert "is without a status, a status that" in script.told[0]
