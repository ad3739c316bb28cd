"""One request, one savepoint, on real clusters: what is counted is savepoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_provider_dli.jobs.errors import JobEnded, JobError, SavepointFailed, StopFailed
from airflow_provider_dli.local.cluster import LocalFlink
from tests.conftest import FLINK_2
from tests.jobs.live import Live
from tests.local.waiting import wait_until
from tests.network.faults import DROP_ANSWER, REPEATED, Fault, harming

pytestmark = pytest.mark.live

SLOW = ("--checkpoint-interval", "0", "--slow-snapshot", "400")
FAILING = ("--checkpoint-interval", "0", "--fail-snapshot")
BOTH = pytest.mark.parametrize(("operation", "status"), [("savepoint", "RUNNING"), ("stop", "FINISHED")])


def folders(path: str) -> list[str]:
    """The names of the savepoints that lie beside this one, of the same job."""
    here = Path(path.removeprefix("file:"))
    return [folder.name for folder in here.parent.glob(f"{here.name.rpartition('-')[0]}-*")]


@BOTH
def test_a_second_try_takes_what_the_first_one_made(live: Live, operation: str, status: str) -> None:
    job_id = live.stream()
    first, second = live.savepoint(job_id, operation), live.savepoint(job_id, operation)
    assert first == second
    assert first.job_status == status
    assert folders(first.path) == [Path(first.path).name]


@BOTH
def test_a_second_try_follows_what_the_first_one_began(live: Live, operation: str, status: str) -> None:
    """A second stop beside the first would destroy its savepoint, and the job."""
    job_id = live.stream(*SLOW)
    begun = live.begin(job_id, operation)
    made = live.savepoint(job_id, operation)
    assert (made.operation_id, made.job_status) == (begun.operation_id, status)
    assert folders(made.path) == [Path(made.path).name]


@BOTH
@pytest.mark.parametrize("fault", [DROP_ANSWER, REPEATED], ids=str)
def test_an_answer_that_is_lost(live: Live, operation: str, status: str, fault: Fault) -> None:
    job_id = live.stream(*SLOW)
    path = "/jobs/*/stop" if operation == "stop" else "/jobs/*/savepoints"
    with harming(live.flink.port, "POST", path, fault) as wire:
        made = live.again(wire.address).savepoint(job_id, operation)
    assert made.job_status == status
    assert folders(made.path) == [Path(made.path).name]


def test_a_savepoint_and_a_stop_of_one_task_are_two(live: Live) -> None:
    job_id = live.stream()
    kept, stopped = live.savepoint(job_id), live.savepoint(job_id, "stop")
    assert kept.path != stopped.path
    assert stopped.job_status == "FINISHED"


def test_a_job_that_has_ended(live: Live) -> None:
    job = live.wait(live.batch().id)
    with pytest.raises(JobEnded, match="is FINISHED"):
        live.savepoint(job.id, "stop")


@pytest.mark.parametrize(("operation", "kind"), [("savepoint", SavepointFailed), ("stop", StopFailed)])
def test_a_snapshot_that_fails(live: Live, operation: str, kind: type[JobError]) -> None:
    job_id = live.stream(*FAILING, "--restarts", "5")
    first = live.begin(job_id, operation)
    with pytest.raises(kind, match=r" Now job 'streaming count'.*told to fail in a snapshot") as caught:
        live.follow(job_id, first, operation)
    assert caught.value.savepoint_path is None
    second = live.begin(job_id, operation)
    assert first.operation_id != second.operation_id
    # A result that nobody reads keeps a JobManager from ending.
    with pytest.raises(kind):
        live.follow(job_id, second, operation)


def test_a_directory_that_cannot_be_written(live: Live) -> None:
    job_id = live.stream()
    live.directory = "nowhere:/savepoints"
    with pytest.raises(StopFailed, match=r"Flink has no plugin for this kind of path.*RUNNING.*it was not stopped"):
        live.savepoint(job_id, "stop")


@pytest.fixture(scope="module")
def forgetful() -> Iterator[LocalFlink]:
    """A cluster that forgets operations at once, and has no directory for savepoints."""
    caches = {"rest.async.store-duration": "1 s", "rest.cache.checkpoint-statistics.timeout": "1 ms"}
    with LocalFlink(FLINK_2, savepoint_directory=None, configuration=caches) as flink:
        yield flink


class TestForgetful:
    @pytest.fixture
    def live(self, forgetful: LocalFlink) -> Iterator[Live]:
        with Live(forgetful) as live:
            yield live

    @BOTH
    def test_no_directory(self, live: Live, operation: str, status: str) -> None:
        job_id = live.stream()
        with pytest.raises(SavepointFailed, match=r"execution\.checkpointing\.savepoint-dir.*Give savepoint_directory"):
            live.savepoint(job_id, operation)
        assert not live.savepoints(job_id)
        assert live.wait(job_id, "running")

    @BOTH
    def test_a_retry_finds_what_the_cluster_has_forgotten(self, live: Live, operation: str, status: str) -> None:
        job_id = live.stream()
        began = live.all_jobs()[job_id].started
        live.directory = f"file:{live.flink.directory}/{operation}"
        first = live.savepoint(job_id, operation)
        wait_until(lambda: live.run(live.backend.operation(job_id, first.operation_id)) is None)
        assert live.savepoint(job_id, operation, since=began) == first
        assert folders(first.path) == [Path(first.path).name]

    @pytest.mark.parametrize("drain", [False, True])
    def test_a_job_that_a_kill_has_stopped_is_not_taken_for_finished(self, live: Live, drain: bool) -> None:
        live.attempt = replace(live.attempt, owns_job=True, stopped_by_kill=True, is_retry=True)
        job_id, kill_id = live.stream(), live.identity.kill_id
        stop = {"directory": f"file:{live.flink.directory}/killed", "savepoint_format": None, "drain": drain}
        live.run(live.backend.trigger_stop(job_id, trigger_id=kill_id, **stop))
        live.wait(job_id)
        wait_until(lambda: live.run(live.backend.operation(job_id, kill_id)) is None)
        assert live.stream() != job_id

    @BOTH
    def test_one_that_is_forgotten_while_it_is_followed(self, live: Live, operation: str, status: str) -> None:
        job_id = live.stream()
        live.directory = f"file:{live.flink.directory}/followed-{operation}"
        begun = live.begin(job_id, operation)
        wait_until(lambda: live.run(live.backend.operation(job_id, begun.operation_id)) is None)
        assert live.follow(job_id, begun, operation).job_status == status
