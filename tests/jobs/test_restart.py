"""Another parallelism by a restart: one stop, one new job, and a path that is never lost."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import JobError, JobFailed, JobNotFound, JobRejected, StopFailed
from airflow_provider_dli.jobs.ledger import VolatileLedger
from airflow_provider_dli.jobs.model import Job, Savepoint
from airflow_provider_dli.jobs.restart import (
    Restarted,
    find_old_job,
    find_restarted,
    needs_restart,
    restart,
    wait_for_restarted,
)
from airflow_provider_dli.jobs.stop import begin_stop, follow_stop
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from tests.jobs.script import (
    CHECKPOINTS,
    DETAIL,
    EXCEPTIONS,
    GONE,
    IDENTITY,
    OVERVIEW,
    RUN,
    SLOTS,
    STATUS,
    STOP,
    UNKNOWN_OPERATION,
    Script,
    answer,
    exception,
    exceptions,
    history,
    made,
    refusal,
    row,
)
from tests.jobs.test_rescale import slots, vertices

OLD = "0" * 32
STARTING, STOPPING = Attempt(IDENTITY, "rescale_run"), Attempt(IDENTITY, "rescale_stop")
NEW, NEXT, *_ = STARTING.ids
STOP_ID = STOPPING.ids[0]
CONFIGURATION = "GET /jobs/:id/config"
BASE = "file:/savepoints"
DIRECTORY = f"{BASE}/{STOP_ID}"
PATH = f"{DIRECTORY}/savepoint-1"
STOPPED = "The old job is stopped: "
KEPT = f"The savepoint {PATH} was made and is kept."


def configured(parallelism: int) -> dict[str, Any]:
    settings = {"restart-strategy": "none", "job-parallelism": parallelism, "object-reuse-mode": False}
    return {"jid": OLD, "name": "count", "execution-config": settings}


def cluster() -> Script:
    script = Script("1.20.5").on(DETAIL, vertices(1, 1)).on(CONFIGURATION, configured(1)).on(SLOTS, slots(3, 4))
    return script.on(STATUS, UNKNOWN_OPERATION).on(STOP, answer({"request-id": STOP_ID}, 202)).on(RUN, {"jobid": NEW})


def old(state: str = "RUNNING") -> dict[str, Any]:
    return row(state, OLD)


def run(script: Script, is_retry: bool = False) -> Restarted:
    """Restart as an operator does."""

    def stop() -> Flow[Savepoint]:
        begun = yield from begin_stop(
            script.backend,
            job_id=OLD,
            attempt=replace(STOPPING, is_retry=is_retry, ledger=VolatileLedger()),
            trigger=lambda operation_id, directory: script.backend.trigger_stop(
                OLD, directory=directory, savepoint_format=None, drain=False, trigger_id=operation_id
            ),
            directory=BASE,
            poll_interval=10,
        )
        if isinstance(begun, Savepoint):
            return begun
        return (yield from follow_stop(script.backend, job_id=OLD, poll_interval=10, **asdict(begun)))

    def start(job_id: str, path: str) -> Flow[object]:
        return script.backend.submit(job_id, "demo.jar", Program(parallelism=3, savepoint_path=path), 60)

    attempt = replace(STARTING, ledger=VolatileLedger())
    return script.run(restart(script.backend, attempt=attempt, stop=stop, start=start))


def needs(script: Script, parallelism: int = 3, wait_for_slots: bool = False) -> bool:
    flow = needs_restart(script.backend, job_id=OLD, parallelism=parallelism, wait_for_slots=wait_for_slots)
    return script.run(flow)


def find_new(script: Script, job_id: str | None = OLD) -> Restarted | None:
    return script.run(find_restarted(script.backend, job_id=job_id, attempt=STARTING, stopped_in=DIRECTORY))


def find_old(script: Script, *, job_id: str | None = None, is_retry: bool = True) -> str:
    flow = find_old_job(
        script.backend,
        job_id=job_id,
        job_name=None if job_id else "count",
        attempt=replace(STARTING, is_retry=is_retry),
        stopped_in=DIRECTORY,
    )
    return script.run(flow)


def test_a_job_is_stopped_and_started_from_its_savepoint() -> None:
    script = (
        cluster()
        .jobs(old(), old(), old("FINISHED"), row("RUNNING", NEW))
        .on(STATUS, *[UNKNOWN_OPERATION] * 2, made(PATH))
    )
    assert run(script) == Restarted(NEW, PATH)
    assert (script.count(STOP), script.count(RUN)) == (1, 1)
    body = next(body for sent, body in zip(script.sent, script.bodies, strict=True) if sent == RUN)
    assert (body["jobId"], body["savepointPath"], body["parallelism"]) == (NEW, PATH, 3)


def test_a_retry_follows_the_stop_of_an_earlier_try() -> None:
    script = cluster().jobs(old("FINISHED"), old("FINISHED"), row("RUNNING", NEW)).on(STATUS, made(PATH))
    assert run(script, is_retry=True) == Restarted(NEW, PATH)
    assert (script.count(STOP), script.count(RUN)) == (0, 1)


def test_a_retry_finds_a_stop_that_the_cluster_has_forgotten() -> None:
    done = history({**_savepoint(), "external_path": PATH})
    script = (
        cluster().jobs(old("FINISHED"), old("FINISHED"), old("FINISHED"), row("RUNNING", NEW)).on(CHECKPOINTS, done)
    )
    assert run(script, is_retry=True) == Restarted(NEW, PATH)
    assert (script.count(STOP), script.count(RUN)) == (0, 1)


def _savepoint() -> dict[str, Any]:
    times = {"trigger_timestamp": 2_000_000, "latest_ack_timestamp": 2_000_000}
    return {"id": 5, "status": "COMPLETED", "is_savepoint": True, **times}


def test_a_retry_attaches_to_the_new_job() -> None:
    script = cluster().jobs([old("FINISHED"), row("RUNNING", NEW)])
    assert run(script, is_retry=True) == Restarted(NEW, None)
    assert (script.count(STOP), script.count(RUN)) == (0, 0)


def test_a_new_job_that_has_failed_is_started_again_from_the_same_savepoint() -> None:
    before = [old("FINISHED"), row("FAILED", NEW)]
    script = cluster().jobs(before, before, [*before, row("RUNNING", NEXT)]).on(STATUS, made(PATH))
    assert run(script, is_retry=True) == Restarted(NEXT, PATH)
    assert (script.count(STOP), script.count(RUN)) == (0, 1)


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (refusal(500, "demo.Bang: told to fail\nThe main method caused an error"), JobRejected, "told to fail"),
        (errors.Forbidden, JobError, "Something broke"),
    ],
)
def test_what_goes_wrong_after_the_stop_names_the_savepoint(reply: Any, kind: type[JobError], told: str) -> None:
    script = cluster().jobs(old(), old(), old("FINISHED")).on(STATUS, UNKNOWN_OPERATION, made(PATH)).on(RUN, reply)
    with pytest.raises(kind, match=told) as caught:
        run(script)
    assert caught.value.savepoint_path == PATH
    assert STOPPED in str(caught.value)
    assert str(caught.value).endswith(KEPT)


def test_what_goes_wrong_before_the_stop_says_nothing_of_one() -> None:
    script = cluster().jobs(old()).on(STOP, errors.Forbidden)
    with pytest.raises(JobError, match="Something broke") as caught:
        run(script)
    assert caught.value.savepoint_path is None
    assert STOPPED not in str(caught.value)


def test_trouble_with_the_stop_is_not_taken_for_a_refusal_of_the_program() -> None:
    script = cluster().jobs(old()).on(STATUS, errors.BadRequest)
    with pytest.raises(JobError, match="Something broke") as caught:
        run(script)
    assert not isinstance(caught.value, JobRejected)
    assert script.count(RUN) == 0


def test_a_stop_that_fails_starts_nothing() -> None:
    failed = {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"class": "x", "stack-trace": "x.X: no"}}}
    script = cluster().jobs(old()).on(STATUS, UNKNOWN_OPERATION, failed)
    with pytest.raises(StopFailed, match="it was not stopped"):
        run(script)
    assert script.count(RUN) == 0


def wait(script: Script, path: str | None = PATH) -> Job:
    return script.run(wait_for_restarted(script.backend, job_id=NEW, savepoint_path=path, poll_interval=10))


def test_the_new_job_is_waited_for() -> None:
    assert wait(cluster().jobs(row("RUNNING", NEW, scheduled=6), row("RUNNING", NEW, running=6))).id == NEW


def test_a_new_job_that_fails_names_the_savepoint() -> None:
    script = cluster().jobs(row("FAILED", NEW)).on(EXCEPTIONS, exceptions(exception("demo.Bang: no more")))
    script.on(DETAIL, vertices(3, 3, state="FAILED"))
    with pytest.raises(JobFailed, match=r"FAILED: demo\.Bang: no more .*The old job is stopped") as caught:
        wait(script)
    assert caught.value.savepoint_path == PATH
    with pytest.raises(JobFailed, match="The log of an earlier try names the savepoint"):
        wait(script, None)


def test_a_new_job_that_is_there_is_found_with_its_savepoint() -> None:
    script = cluster().jobs([old("FINISHED"), row("RUNNING", NEW)])
    assert find_new(script) == Restarted(NEW, None)
    assert find_new(script.on(STATUS, made(PATH))) == Restarted(NEW, PATH)
    restored = {"id": 1, "restore_timestamp": 1, "is_savepoint": True, "external_path": PATH}
    script.on(STATUS, UNKNOWN_OPERATION).on(CHECKPOINTS, {**history(), "latest": {"restored": restored}})
    assert find_new(script) == find_new(script, job_id=None) == Restarted(NEW, PATH)
    script.on(CHECKPOINTS, {**history(), "latest": {"restored": {**restored, "is_savepoint": False}}})
    assert find_new(script) == Restarted(NEW, None)


@pytest.mark.parametrize("look", [GONE, [row("FAILED", NEW)], [row("RUNNING", OLD)]])
def test_no_new_job_is_there(look: Any) -> None:
    assert find_new(cluster().jobs(look)) is None


def test_the_latest_new_job_counts() -> None:
    assert find_new(cluster().jobs([row("FAILED", NEW), row("RUNNING", NEXT)])) == Restarted(NEXT, None)


def test_by_its_name_the_new_job_is_never_taken_for_the_old_one() -> None:
    script = cluster().jobs([row("FINISHED", OLD), row("RUNNING", NEW), row("FAILED", NEXT)])
    assert find_old(script) == OLD
    with pytest.raises(JobNotFound, match="No job is called 'count'"):
        find_old(cluster().jobs([row("RUNNING", NEW)]))


def test_by_its_name_a_job_that_this_task_has_stopped_wins_over_another_one_that_runs() -> None:
    script = cluster().jobs([row("FINISHED", OLD), row("RUNNING", "1" * 32)])
    assert find_old(script) == "1" * 32
    assert find_old(script.on(STATUS, made(PATH))) == OLD
    asked = script.count(STATUS)
    assert find_old(script, is_retry=False) == "1" * 32
    assert script.count(STATUS) == asked


def test_an_id_is_taken_as_it_is() -> None:
    script = cluster()
    assert find_old(script, job_id=OLD) == OLD
    assert script.sent == []


def test_a_job_that_has_the_parallelism_needs_no_restart() -> None:
    assert needs(cluster().jobs(old()), parallelism=3)
    script = cluster().jobs(old())
    assert not needs(script, parallelism=1)
    assert script.told[-1].startswith("Nothing to do: ")
    # Rescaled in place since it was started.
    assert needs(script.on(DETAIL, vertices(3, 3)), parallelism=1)


def test_what_can_be_known_is_checked_before_the_stop() -> None:
    script = cluster().jobs(old())
    with pytest.raises(JobError, match="cannot have 129 tasks: its maximum parallelism is 128"):
        needs(script, 129)
    with pytest.raises(JobError, match="would need 5 slots, and the cluster has 4 in all"):
        needs(script, 5)
    assert needs(script, 5, wait_for_slots=True)


@pytest.mark.parametrize("state", ["RUNNING", "FINISHED"])
def test_nothing_is_checked_once_the_stop_has_begun(state: str) -> None:
    assert needs(cluster().jobs(old(state)).on(STATUS, made(PATH)), 129)


def test_a_job_that_is_not_there() -> None:
    with pytest.raises(JobNotFound, match=f"There is no job {OLD}"):
        needs(cluster().jobs(GONE))


def test_the_jar_is_looked_for_before_the_stop() -> None:
    script = cluster().on(
        "GET /jars", {"address": "", "files": [{"id": "demo.jar", "name": "demo", "uploaded": 1, "entry": []}]}
    )
    script.run(script.backend.check("demo.jar", Program()))
    with pytest.raises(JobRejected, match=r"The JobManager has no jar 'other\.jar' \(any more\)"):
        script.run(script.backend.check("other.jar", Program()))
    old_flink = Script("1.14.6")
    with pytest.raises(Exception, match=r"claim_mode needs Flink 1\.15"):
        old_flink.run(old_flink.backend.check("demo.jar", Program(claim_mode="CLAIM")))
    assert old_flink.count(OVERVIEW) == 0


def test_a_new_job_that_is_just_ending_is_not_attached_to() -> None:
    script = cluster().jobs(row("CANCELLING", NEW), row("CANCELED", NEW))
    assert find_new(script) is None
    assert script.count(OVERVIEW) == 2
