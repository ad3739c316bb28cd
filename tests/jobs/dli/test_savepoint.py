"""One request, one savepoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.savepoint import begin_savepoint, follow_dli_savepoint, import_savepoint
from airflow_provider_dli.jobs.errors import BackendTrouble, JobEnded, JobFailed, JobRejected, SavepointFailed
from airflow_provider_dli.jobs.model import Savepoint
from airflow_provider_dli.jobs.object_store import Found
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from tests.jobs.dli.script import (
    DETAIL,
    GRAPH,
    IMPORT,
    JOB,
    PROJECT,
    SAVEPOINT,
    Notes,
    Script,
    refusal,
    seen,
    tries,
)
from tests.jobs.script import answer, html

FOLDER = "obs://bucket/backup/f1"
PATH = "bucket/backup/f1/savepoint-1"
LOST = [
    errors.NoAnswer,
    errors.ConnectionLost,
    html(502),
    html(408),
    refusal("DLI.0001", "Request timeout", 408),
    refusal("DLI.0999"),
]
RUNNING, MAKING = seen("job_running"), seen("job_savepointing")
RESTARTING = seen("job_running_exception", status_desc="Out of disk", job_config={"restart_when_exception": True})


class Store:
    """What is complete in a folder, at each look; the last again and again."""

    def __init__(self, *looks: Sequence[Found]) -> None:
        self.looks = list(looks)
        self.asked: list[str] = []

    def complete_ones(self, path: str, job_id: str | None = None) -> Sequence[Found]:
        self.asked.append(path)
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def saving(script: Script, attempt: Attempt, recovery: float) -> Flow[Savepoint]:
    choices: dict[str, Any] = {"job_id": JOB, "folder": FOLDER, "poll_interval": 10}
    begun = yield from begin_savepoint(script.backend, attempt=attempt, recovery=recovery, **choices)
    signs: dict[str, Any] = {"others": begun.others, "described": begun.described}
    return (yield from follow_dli_savepoint(script.backend, **choices, **signs))


def retry() -> Attempt:
    return tries("savepoint", is_retry=True)


def save(script: Script, attempt: Attempt | None = None, recovery: float = 0.0) -> Savepoint:
    return script.run(saving(script, attempt or tries("savepoint"), recovery))


def told(path: str | None, status: str = "job_running") -> dict[str, Any]:
    return seen(status, savepoint_path=path)


def test_it_is_made_in_a_folder_of_its_own() -> None:
    script = Script().jobs(RUNNING, RUNNING, MAKING, RUNNING, RUNNING, told(PATH))
    assert save(script) == Savepoint(JOB, PATH, "f1", "job_running")
    assert script.body(SAVEPOINT) == {"action": "TRIGGER", "savepoint_path": FOLDER}


@pytest.mark.parametrize(
    "path",
    ["bucket/backup/f1", "obs://bucket/backup/f1/", "bucket/backup/f1/savepoint-1", f"obs://{PATH}/"],
)
def test_a_path_in_that_folder_proves_it(path: str) -> None:
    script = Script().jobs(RUNNING, RUNNING, told(path))
    assert save(script).path == path.removeprefix("obs://").rstrip("/")


@pytest.mark.parametrize("path", [None, "", "bucket/backup/f11", "bucket/backup", "bucket/other/f1", "f1"])
def test_another_path_proves_nothing(path: str | None) -> None:
    script = Script().jobs(told(path), told(path), told(path), told(path), told(PATH))
    assert save(script).path == PATH
    assert script.pauses == [10]


def test_a_quick_one_is_never_seen_in_the_making() -> None:
    script = Script().jobs(RUNNING, RUNNING, told(PATH))
    assert save(script).path == PATH
    assert script.count(SAVEPOINT) == 1


def test_what_is_in_the_making_is_not_complete() -> None:
    script = Script().jobs(RUNNING, RUNNING, told(PATH, "job_savepointing"), told(PATH))
    save(script)
    assert script.pauses == [10]


class BrokenStore:
    """A store that cannot be read."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def complete_ones(self, path: str, job_id: str | None = None) -> Sequence[Found]:
        raise self.error


class TestStore:
    """Where the object store can be looked into, that is the proof, whatever DLI tells."""

    def test_complete(self) -> None:
        store = Store((), (), (Found(PATH, 2.0), Found("bucket/backup/f1/older", 1.0)))
        script = Script(store).jobs(RUNNING, RUNNING, told(PATH))
        assert save(script) == Savepoint(JOB, PATH, "f1", "job_running")
        assert (script.pauses, store.asked) == ([10], ["bucket/backup/f1"] * 3)

    def test_not_complete(self) -> None:
        failed = told(PATH, "job_running_exception")
        script = Script(Store(())).jobs(RUNNING, RUNNING, told(PATH), told(PATH), failed)
        with pytest.raises(SavepointFailed, match="there is no complete savepoint in bucket/backup/f1") as caught:
            save(script)
        assert caught.value.savepoint_path == PATH

    def test_a_store_that_does_not_show_what_dli_names(self) -> None:
        """The connection's object_store may be wrong: the path that DLI names in our own folder is not lost."""
        script = Script(Store(())).jobs(RUNNING, RUNNING, told(PATH))
        assert save(script).path == PATH
        assert script.pauses == [10] * 3
        assert "shows no _metadata in bucket/backup/f1. Check object_store" in script.told[-1]

    @pytest.mark.parametrize("error", [ValueError("There is no bucket."), BackendTrouble("It does not answer.")])
    def test_a_store_that_cannot_be_read(self, error: Exception) -> None:
        script = Script(BrokenStore(error)).jobs(RUNNING, RUNNING, RUNNING, told("bucket/other"), told(PATH))
        assert save(script).path == PATH
        assert script.told[-1] == f"{error} The path that DLI names is taken as it is: {PATH}."

    def test_a_retry_trusts_what_dli_names(self) -> None:
        script = Script(Store(())).jobs(told(PATH))
        assert save(script, retry()).path == PATH
        assert not script.changes

    def test_what_lay_there_before_is_not_ours(self) -> None:
        """As of a deleted DAG run, whose task had the same identity."""
        older = Found("bucket/backup/f1/older", 1.0)
        store = Store([older], [older], [older, Found(PATH, 2.0)])
        script = Script(store).jobs(told("bucket/backup/f1/older"))
        assert save(script).path == PATH


class TestJob:
    def test_it_is_waited_for_until_it_runs(self) -> None:
        script = Script().jobs(seen("job_submitting"), RUNNING, RUNNING, told(PATH))
        save(script)
        assert script.asked[:5] == [DETAIL, DETAIL, GRAPH, DETAIL, SAVEPOINT]

    def test_one_savepoint_at_a_time(self) -> None:
        """DLI makes one only of a job that runs, and not while another is being made."""
        script = Script().jobs(MAKING, MAKING, RUNNING, RUNNING, told(PATH))
        save(script)
        assert script.asked[:6] == [DETAIL, DETAIL, DETAIL, GRAPH, DETAIL, SAVEPOINT]

    @pytest.mark.parametrize("status", ["job_init", "job_finish", "job_cancel_success"])
    def test_it_does_not_run(self, status: str) -> None:
        script = Script().jobs(seen(status))
        with pytest.raises(JobEnded, match=f"is {status}: it does not run, so no savepoint can be made"):
            save(script)
        assert not script.changes

    def test_it_has_failed(self) -> None:
        script = Script().jobs(seen("job_running_exception", status_desc="Out of disk"))
        with pytest.raises(JobFailed, match="Out of disk"):
            save(script)
        assert not script.changes

    @pytest.mark.parametrize("status", ["job_running_exception", "job_cancel_success", "job_finish", "job_init"])
    def test_it_ends_meanwhile(self, status: str) -> None:
        script = Script().jobs(RUNNING, RUNNING, MAKING, seen(status))
        with pytest.raises(SavepointFailed, match=f"is {status}, and there is no complete savepoint in bucket/backup"):
            save(script)

    def test_it_goes_on_without_a_savepoint(self) -> None:
        """DLI tells of no failure: it was at work on one, and then there is none."""
        script = Script().jobs(RUNNING, RUNNING, MAKING, seen("job_running", status_desc="No right to write there."))
        with pytest.raises(
            SavepointFailed, match=r"no complete savepoint in bucket/backup/f1: No right to write there\."
        ):
            save(script)
        assert script.count(SAVEPOINT) == 1

    @pytest.mark.parametrize("sees_store", [True, False])
    def test_one_that_fails_before_it_is_seen_in_the_making(self, sees_store: bool) -> None:
        """A quick failure leaves no trace but the reason."""
        failed = seen("job_running", status_desc="No right to write there.")
        script = Script(Store(()) if sees_store else None).jobs(RUNNING, RUNNING, failed)
        with pytest.raises(SavepointFailed, match=r"in bucket/backup/f1: No right to write there\."):
            save(script)
        assert (script.count(SAVEPOINT), script.pauses) == (1, [10])

    def test_what_was_said_of_the_job_before_is_no_reason(self) -> None:
        described = seen("job_running", status_desc="Out of disk, last week.")
        script = Script().jobs(*[described] * 20, told(PATH))
        assert save(script).path == PATH

    def test_one_that_leaves_no_sign_is_not_waited_for_without_end(self) -> None:
        script = Script().jobs(RUNNING)
        with pytest.raises(SavepointFailed, match="in bucket/backup/f1: DLI gives no reason"):
            save(script)
        assert (script.count(SAVEPOINT), sum(script.pauses)) == (1, 600)

    def test_one_that_takes_long_is_waited_for(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, *[MAKING] * 100, told(PATH))
        assert save(script).path == PATH

    def test_a_job_whose_stop_has_failed_may_run(self) -> None:
        failed = seen("job_cancel_fail")
        script = Script().jobs(failed, failed, failed, told(PATH, "job_cancel_fail"))
        assert save(script).path == PATH

    @pytest.mark.parametrize(("recovery", "looks"), [(0.0, 0), (60.0, 6)])
    def test_dli_decides_about_a_status_that_stays_unknown(self, recovery: float, looks: int) -> None:
        script = Script().jobs(seen("job_dreaming")).on(SAVEPOINT, refusal("DLI.0007", "Not in this status."))
        with pytest.raises(SavepointFailed, match="Not in this status"):
            save(script, recovery=recovery)
        assert (script.pauses, script.count(SAVEPOINT)) == ([10] * looks, 1)

    def test_an_unknown_status_that_passes_is_waited_for(self) -> None:
        script = Script().jobs(seen("job_dreaming"), seen("job_dreaming"), RUNNING, RUNNING, told(PATH))
        assert save(script, recovery=60).path == PATH

    def test_a_job_that_dli_restarts_is_waited_for(self) -> None:
        script = Script().jobs(RESTARTING, RESTARTING, RUNNING, RUNNING, told(PATH))
        assert save(script, recovery=60).path == PATH
        script = Script().jobs(RESTARTING)
        with pytest.raises(JobFailed, match="Out of disk"):
            save(script, recovery=60)
        assert (sum(script.pauses), script.changes) == (60, [])

    def test_its_path_may_be_told_late(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, MAKING, RUNNING, RUNNING, RUNNING, RUNNING, told(PATH))
        assert save(script).path == PATH

    def test_it_ends_with_the_savepoint(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, MAKING, told(PATH, "job_cancel_success"))
        assert save(script) == Savepoint(JOB, PATH, "f1", "job_cancel_success")


class TestRetry:
    def test_it_is_complete(self) -> None:
        script = Script().jobs(told(PATH))
        assert save(script, retry()).path == PATH
        assert not script.changes
        assert script.told == [f"An earlier try has made the savepoint of job {JOB} in bucket/backup/f1."]

    def test_it_is_complete_though_the_job_has_ended(self) -> None:
        script = Script().jobs(told(PATH, "job_finish"))
        assert save(script, retry()).path == PATH

    def test_it_has_begun(self) -> None:
        script = Script().jobs(MAKING, MAKING, told(PATH))
        assert save(script, retry()).path == PATH
        assert not script.changes

    def test_another_one_was_being_made(self) -> None:
        script = Script().jobs(MAKING, told("bucket/other"), told("bucket/other"), RUNNING, RUNNING, told(PATH))
        assert save(script, retry()).path == PATH
        assert script.changes == [SAVEPOINT]

    def test_it_has_not_begun(self) -> None:
        # Five lookups of status and path, and two before it is asked for.
        script = Script().jobs(*[RUNNING] * 12, told(PATH))
        assert save(script, retry()).path == PATH
        assert script.changes == [SAVEPOINT]
        assert script.pauses == [1, 2, 3, 5]

    def test_it_was_asked_for_and_does_not_show_yet(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, RUNNING, RUNNING, MAKING, told(PATH))
        assert save(script, retry()).path == PATH
        assert not script.changes

    def test_the_first_try_finds_no_savepoint_of_its_own(self) -> None:
        """Nobody else writes into that folder; a first try asks, whatever it finds."""
        script = Script().jobs(told(PATH), told(PATH), told(f"{FOLDER}/savepoint-2"))
        assert save(script).path == "bucket/backup/f1/savepoint-2"
        assert script.changes == [SAVEPOINT]


class TestLedger:
    """From Airflow 3.3 on a retry knows whether an earlier try was to ask for the savepoint."""

    def test_the_intent_is_written_before(self) -> None:
        ledger = Notes()
        script = Script().jobs(seen("job_running", status_desc="Fine.")).on(SAVEPOINT, refusal("DLI.0003"))
        with pytest.raises(SavepointFailed):
            save(script, tries("savepoint", ledger))
        assert ledger.get("savepoint.requested") == {"others": [], "described": "Fine."}

    def test_a_retry_of_one_that_never_asked_asks_at_once(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, told(PATH))
        assert save(script, tries("savepoint", Notes(), is_retry=True)).path == PATH
        assert (script.changes, script.pauses) == ([SAVEPOINT], [])

    def test_a_retry_knows_what_lay_there_before(self) -> None:
        ledger = Notes()
        ledger.record({"savepoint.requested": {"others": [PATH], "described": ""}})
        script = Script().jobs(told(PATH), told(PATH), MAKING, told("bucket/backup/f1/savepoint-2"))
        assert save(script, tries("savepoint", ledger, is_retry=True)).path == "bucket/backup/f1/savepoint-2"
        assert not script.changes


class TestRefused:
    @pytest.mark.parametrize("several", [True, False])
    def test_by_dli(self, several: bool) -> None:
        script = Script().jobs(RUNNING)
        script.on(SAVEPOINT, refusal("DLI.11016", "The bucket is not authorized.", several=several))
        with pytest.raises(SavepointFailed) as caught:
            save(script)
        assert str(caught.value) == (
            "The server answered 400: DLI.11016: The bucket is not authorized "
            f"(POST http://flink:8081/v1.0/{PROJECT}/streaming/jobs/{JOB}/savepoint, request id r-1). "
            "Authorize DLI for the bucket first, under Global Configuration in its console."
        )
        assert (caught.value.hopeless, script.count(SAVEPOINT)) == (True, 1)

    def test_by_what_stands_behind_dli(self) -> None:
        script = Script().jobs(RUNNING)
        script.on(SAVEPOINT, {"is_success": True, "message": '{"is_success":"false","message":"no checkpoint dir"}'})
        with pytest.raises(BackendTrouble, match="no checkpoint dir"):
            save(script)

    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_no_clear_answer_and_it_has_begun(self, lost: Any) -> None:
        script = Script().jobs(RUNNING, RUNNING, RUNNING, RUNNING, MAKING, told(PATH)).on(SAVEPOINT, lost)
        assert save(script).path == PATH
        assert script.count(SAVEPOINT) == 1

    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_no_clear_answer_and_it_is_complete(self, lost: Any) -> None:
        script = Script().jobs(RUNNING, RUNNING, told(PATH)).on(SAVEPOINT, lost)
        assert save(script).path == PATH

    def test_no_clear_answer_and_the_last_look_shows_it(self) -> None:
        # Two lookups before it is asked for, and nine of status and path after that.
        script = Script().jobs(*[RUNNING] * 20, MAKING, told(PATH)).on(SAVEPOINT, errors.NoAnswer)
        assert save(script).path == PATH
        assert script.count(SAVEPOINT) == 1

    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_no_clear_answer_and_nothing_is_there(self, lost: Any) -> None:
        script = Script().jobs(RUNNING).on(SAVEPOINT, lost)
        with pytest.raises(SavepointFailed, match=r"none in bucket/backup/f1: .* The next try looks for it") as caught:
            save(script)
        assert (script.count(SAVEPOINT), caught.value.hopeless) == (1, False)


class TestImport:
    def take(self, script: Script) -> None:
        script.run(import_savepoint(script.backend, job_id=JOB, path="bucket/s/1"))

    @pytest.mark.parametrize("status", ["job_init", "job_cancel_success", "job_finish", "job_running_exception"])
    def test_a_job_that_does_not_run(self, status: str) -> None:
        script = Script().jobs(seen(status))
        self.take(script)
        assert script.body(IMPORT) == {"job_id": int(JOB), "savepoint_path": "bucket/s/1"}

    @pytest.mark.parametrize(
        "status", ["job_running", "job_submitting", "job_savepointing", "job_canceling", "job_cancel_fail"]
    )
    def test_a_running_job_is_left_alone(self, status: str) -> None:
        script = Script().jobs(seen(status))
        with pytest.raises(JobRejected, match=f"is {status}: a savepoint can only be imported while it does") as caught:
            self.take(script)
        assert caught.value.hopeless
        assert not script.changes

    def test_a_job_that_dli_restarts_is_left_alone(self) -> None:
        failed = seen("job_running_exception", job_config={"restart_when_exception": True})
        script = Script().jobs(failed, failed, seen("job_running"))
        with pytest.raises(JobRejected, match="is job_running: a savepoint can only be imported"):
            script.run(import_savepoint(script.backend, job_id=JOB, path="bucket/s/1", recovery=60))
        assert (script.pauses, script.changes) == ([2, 2], [])
        script = Script().jobs(failed)
        script.run(import_savepoint(script.backend, job_id=JOB, path="bucket/s/1", recovery=60))
        assert script.count(IMPORT) == 1

    def test_refused(self) -> None:
        script = Script().jobs(seen("job_init")).on(IMPORT, refusal("DLI.0001", "No such path."))
        with pytest.raises(JobRejected, match=r"No such path \(.*\)\. Check the path of the savepoint"):
            self.take(script)

    def test_what_stands_behind_dli_denies_it(self) -> None:
        script = Script().jobs(seen("job_init")).on(IMPORT, answer([{"is_success": "false", "message": "No."}]))
        with pytest.raises(BackendTrouble, match="No"):
            self.take(script)
