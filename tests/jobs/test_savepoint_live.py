"""One request, one savepoint, on real clusters: what is counted is savepoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_provider_dli.jobs.errors import JobEnded, JobError, SavepointFailed, StopFailed
from airflow_provider_dli.jobs.model import Begun
from airflow_provider_dli.local.cluster import LocalFlink
from tests.jobs.live import Live
from tests.local.waiting import wait_until
from tests.network.faults import DROP_ANSWER, REPEATED, Fault, harming
from tests.network.skew import shifted
from tests.selection import FLINK_2

pytestmark = pytest.mark.live

SLOW = ("--checkpoint-interval", "0", "--slow-snapshot", "400")
FAILING = ("--checkpoint-interval", "0", "--fail-snapshot")
BOTH = pytest.mark.parametrize(("operation", "status"), [("savepoint", "RUNNING"), ("stop", "FINISHED")])


def folders(path: str) -> list[str]:
    """The names of the savepoints of the same job, in the directories of all operations."""
    here = Path(path.removeprefix("file:"))
    return [folder.name for folder in here.parent.parent.glob(f"*/{here.name.rpartition('-')[0]}-*")]


@BOTH
def test_a_second_try_takes_what_the_first_one_made(live: Live, operation: str, status: str) -> None:
    job_id = live.stream()
    first, second = live.savepoint(job_id, operation), live.savepoint(job_id, operation, is_retry=True)
    assert first.path == second.path
    assert first.job_status == second.job_status == status
    assert folders(first.path) == [Path(first.path).name]


@BOTH
def test_a_second_try_follows_what_the_first_one_began(live: Live, operation: str, status: str) -> None:
    """A second stop beside the first would destroy its savepoint, and the job."""
    job_id = live.stream(*SLOW)
    begun = live.begin(job_id, operation)
    assert isinstance(begun, Begun)
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


KINDS = pytest.mark.parametrize(("operation", "kind"), [("savepoint", SavepointFailed), ("stop", StopFailed)])


@KINDS
def test_a_snapshot_that_fails(live: Live, operation: str, kind: type[JobError]) -> None:
    job_id = live.stream(*FAILING, "--restarts", "5")
    first = live.begin(job_id, operation)
    with pytest.raises(kind, match=r" Now job 'streaming count'.*told to fail in a snapshot") as caught:
        live.follow(job_id, first, operation)
    assert caught.value.savepoint_path is None
    second = live.begin(job_id, operation)
    assert isinstance(first, Begun)
    assert isinstance(second, Begun)
    assert first.operation_id != second.operation_id
    # A result that nobody reads keeps a JobManager from ending.
    with pytest.raises(kind):
        live.follow(job_id, second, operation)


def test_a_directory_that_cannot_be_written(live: Live) -> None:
    job_id = live.stream()
    live.directory = "nowhere:/savepoints"
    with pytest.raises(StopFailed, match=r"Flink has no plugin for this kind of path.*RUNNING.*it was not stopped"):
        live.savepoint(job_id, "stop")


def test_a_savepoint_of_each_task_though_one_had_to_try_twice(live: Live) -> None:
    """Backup before, backup after: the retry does not take the other task's savepoint."""
    other, job_id = Live(live.flink), live.stream()
    with other:
        first = other.savepoint(job_id)
        second = live.savepoint(job_id, is_retry=True)
    assert first.path != second.path
    assert len(folders(second.path)) == len(live.savepoints(job_id)) == 2


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

    def forget(self, live: Live, job_id: str, operation_id: str | None) -> None:
        wait_until(lambda: operation_id is None or live.run(live.backend.operation(job_id, operation_id)) is None)

    @KINDS
    def test_no_directory(self, live: Live, operation: str, kind: type[JobError]) -> None:
        job_id = live.stream()
        with pytest.raises(kind, match=r"execution\.checkpointing\.savepoint-dir.*Give savepoint_directory"):
            live.savepoint(job_id, operation)
        assert not live.savepoints(job_id)
        assert live.wait(job_id, "running")

    @BOTH
    @pytest.mark.parametrize("seconds", [-600, -10, 0, 10, 600])
    def test_a_retry_finds_what_the_cluster_has_forgotten(
        self, live: Live, operation: str, status: str, seconds: int
    ) -> None:
        """Whatever time it is at the cluster."""
        job_id = live.stream()
        live.directory = f"file:{live.flink.directory}/{operation}-{seconds}"
        with shifted(live.flink.port, seconds) as wire:
            worker = live.again(wire.address)
            worker.directory = live.directory
            first = worker.savepoint(job_id, operation)
            self.forget(live, job_id, first.operation_id)
            second = worker.savepoint(job_id, operation, is_retry=True)
        assert (second.path, second.job_status) == (first.path, status)
        assert folders(first.path) == [Path(first.path).name]

    @pytest.mark.parametrize("drain", [False, True])
    def test_a_job_that_a_kill_has_stopped_is_not_taken_for_finished(self, live: Live, drain: bool) -> None:
        live.attempt = replace(live.attempt, owns_job=True, stopped_by_kill=True, is_retry=True)
        job_id, kill_id = live.stream(), live.identity.kill_id
        stop = {"directory": f"file:{live.flink.directory}/{kill_id}", "savepoint_format": None, "drain": drain}
        live.run(live.backend.trigger_stop(job_id, trigger_id=kill_id, **stop))
        live.wait(job_id)
        self.forget(live, job_id, kill_id)
        assert live.stream() != job_id

    @BOTH
    def test_one_that_is_forgotten_while_it_is_followed(self, live: Live, operation: str, status: str) -> None:
        job_id = live.stream()
        live.directory = f"file:{live.flink.directory}/followed-{operation}"
        begun = live.begin(job_id, operation)
        assert isinstance(begun, Begun)
        self.forget(live, job_id, begun.operation_id)
        assert live.follow(job_id, begun, operation).job_status == status
