"""A job is stopped once, on real clusters: what is counted is savepoints, and how the job has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from airflow_provider_dli.jobs.errors import JobEnded, StopFailed
from airflow_provider_dli.jobs.model import Begun, Savepoint
from airflow_provider_dli.local.cluster import LocalFlink
from tests.jobs.live import DEMO, Live
from tests.jobs.test_savepoint_live import folders
from tests.local.waiting import wait_until
from tests.selection import FLINKS

pytestmark = pytest.mark.live

#: A job whose snapshot takes a while.
SLOW = ("--checkpoint-interval", "0", "--slow-snapshot", "1500")


@pytest.fixture
def others(live: Live) -> Iterator[Callable[[], Live]]:
    """Other task instances on the same cluster."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Live(live.flink))


def stranger(live: Live, job_id: str, kind: str) -> str:
    """Stop a job, or take its savepoint, as a client does that chooses its own id; return the id."""
    operation_id = uuid4().hex
    choices: dict[str, Any] = {"directory": None, "savepoint_format": None, "trigger_id": operation_id}
    if kind == "stop":
        return live.run(live.backend.trigger_stop(job_id, drain=False, **choices))
    return live.run(live.backend.trigger_savepoint(job_id, **choices))


def shown(live: Live, job_id: str, status: str) -> bool:
    return any(one.status == status for one in live.savepoints(job_id))


def kinds(live: Live, job_id: str) -> list[tuple[bool, str]]:
    """Whether each savepoint of a job stops it, and what became of it."""
    return sorted((one.stops_job, one.status) for one in live.savepoints(job_id))


ONE_STOP = [(True, "COMPLETED")]


def test_tasks_that_stop_a_job_at_once(live: Live, others: Callable[[], Live]) -> None:
    """As two DAGs do, or a task that was cleared."""
    job_id = live.stream(*SLOW)
    tasks = [live, *(others() for _ in range(3))]
    with ThreadPoolExecutor(4) as workers:
        made = list(workers.map(lambda task: task.savepoint(job_id, "stop"), tasks))
    assert {one.job_status for one in made} == {"FINISHED"}
    assert len({one.path for one in made}) == 1
    assert kinds(live, job_id) == ONE_STOP
    assert folders(made[0].path) == [Path(made[0].path).name]


def test_a_task_that_was_cleared_while_its_stop_is_in_progress(live: Live, others: Callable[[], Live]) -> None:
    job_id, cleared = live.stream(*SLOW), others()
    begun = live.begin(job_id, "stop")
    second = cleared.savepoint(job_id, "stop")
    first = live.follow(job_id, begun, "stop")
    assert (first.path, second.job_status) == (second.path, "FINISHED")
    assert kinds(live, job_id) == ONE_STOP


def test_a_task_that_was_cleared_after_its_stop_fails_with_the_path(live: Live, others: Callable[[], Live]) -> None:
    job_id, cleared = live.stream(), others()
    made = live.savepoint(job_id, "stop")
    with pytest.raises(JobEnded, match=f"The savepoint {made.path} was made and is kept") as caught:
        cleared.savepoint(job_id, "stop")
    assert caught.value.savepoint_path == made.path


def test_a_kill_beside_a_stop(live: Live, others: Callable[[], Live]) -> None:
    job_id, killed = live.stream(*SLOW), others()
    begun = live.begin(job_id, "stop")
    stopped = killed.run(killed.backend.stop(job_id, directory=None, operation_id=killed.identity.kill_id), 4)
    assert stopped.savepoint_path == live.follow(job_id, begun, "stop").path
    assert kinds(live, job_id) == ONE_STOP


def test_a_stop_beside_a_kill(live: Live, others: Callable[[], Live]) -> None:
    job_id, killed = live.stream(*SLOW), others()
    stop = killed.backend.stop(job_id, directory=None, operation_id=killed.identity.kill_id)
    with ThreadPoolExecutor() as workers:
        kill = workers.submit(killed.run, stop, 4)
        wait_until(lambda: shown(live, job_id, "IN_PROGRESS"))
        made = live.savepoint(job_id, "stop")
    assert f"/{killed.identity.kill_id}/" in made.path
    assert kill.result().savepoint_path == made.path
    assert kinds(live, job_id) == ONE_STOP


@pytest.mark.parametrize("is_shown", [False, True])
def test_a_stop_of_a_stranger_is_followed(live: Live, is_shown: bool) -> None:
    job_id = live.stream(*SLOW)
    assert not live.savepoints(job_id)
    stranger(live, job_id, "stop")
    if is_shown:
        wait_until(lambda: shown(live, job_id, "IN_PROGRESS"))
    made = live.savepoint(job_id, "stop")
    assert (made.operation_id, made.job_status) == (None, "FINISHED")
    assert kinds(live, job_id) == ONE_STOP
    assert folders(made.path) == [Path(made.path).name]


def test_a_savepoint_is_complete_before_the_stop(live: Live, others: Callable[[], Live]) -> None:
    job_id, backup = live.stream(*SLOW), others()
    begun = backup.begin(job_id)
    stopped = live.savepoint(job_id, "stop")
    made = backup.follow(job_id, begun)
    assert stopped.path != made.path
    assert stopped.job_status == "FINISHED"
    assert kinds(live, job_id) == [(False, "COMPLETED"), (True, "COMPLETED")]


def test_a_kill_beside_a_savepoint_that_takes_too_long_sends_nothing(live: Live) -> None:
    job_id = live.stream("--checkpoint-interval", "0", "--slow-snapshot", "5000")
    stranger(live, job_id, "savepoint")
    stop = live.backend.stop(job_id, directory=None, operation_id=live.identity.kill_id)
    with pytest.raises(StopFailed, match=r"No stop was sent\. .*a savepoint is in progress"):
        live.run(stop, 2)
    wait_until(lambda: shown(live, job_id, "COMPLETED"))
    assert live.wait(job_id, "running")
    assert kinds(live, job_id) == [(False, "COMPLETED")]


def test_a_job_that_restarts_keeps_its_start(live: Live) -> None:
    """The id of its stop is derived from that."""
    job_id = live.stream("--restarts", "100", "--fail-after", "40", "--rate", "20")
    started = live.all_jobs()[job_id].started
    wait_until(lambda: (live.run(live.backend.failure(job_id)).restarts or 0) > 0)
    assert live.all_jobs()[job_id].started == started


def complete(flink: LocalFlink) -> list[Path]:
    assert flink.savepoints
    return list(flink.savepoints.glob("*/*/_metadata"))


@pytest.mark.long
@pytest.mark.parametrize("version", FLINKS)
@pytest.mark.parametrize("high_availability", [False, True], ids=["no HA", "HA"])
def test_a_path_survives_the_jobmanager(version: str, high_availability: bool) -> None:
    """It dies between the savepoint and the next poll, of a savepoint first and then of a stop."""
    caches = {"web.refresh-interval": "100"}
    with LocalFlink(version, high_availability=high_availability, configuration=caches) as flink, Live(flink) as live:
        job_id = live.stream()
        begun = live.begin(job_id)
        wait_until(lambda: complete(flink))
        flink.restart_jobmanager()
        made = live.follow(job_id, begun)
        assert [made.path] == [f"file:{each.parent}" for each in complete(flink)]
        assert live.savepoint(job_id, is_retry=True).path == made.path
        live.jar = live.api.jars.upload(DEMO).id
        job_id = job_id if high_availability else live.stream()
        live.wait(job_id, "running")
        begun = live.begin(job_id, "stop")
        wait_until(lambda: live.all_jobs()[job_id].has_ended)
        flink.restart_jobmanager()
        stopped = live.follow(job_id, begun, "stop")
        assert {made.path, stopped.path} == {f"file:{each.parent}" for each in complete(flink)}
        again = live.savepoint(job_id, "stop", is_retry=True)
        assert (again.path, again.job_status) == (stopped.path, "gone")


@pytest.mark.long
@pytest.mark.parametrize("version", FLINKS)
def test_a_stop_that_dies_with_its_jobmanager_is_sent_again(version: str) -> None:
    caches = {"web.refresh-interval": "100"}
    with LocalFlink(version, high_availability=True, configuration=caches) as flink, Live(flink) as live:
        job_id = live.stream("--checkpoint-interval", "0", "--slow-snapshot", "5000")
        begun = live.begin(job_id, "stop")
        flink.kill_jobmanager()
        flink.restart_jobmanager()
        live.wait(job_id, "running", 60)
        with pytest.raises(StopFailed, match=r"RUNNING.*it was not stopped.*sees no complete savepoint in"):
            live.follow(job_id, begun, "stop")
        again = live.begin(job_id, "stop", is_retry=True)
        assert isinstance(begun, Begun)
        assert isinstance(again, Begun)
        assert again.operation_id != begun.operation_id
        made: Savepoint = live.follow(job_id, again, "stop")
        assert made.job_status == "FINISHED"
        assert [made.path] == [f"file:{each.parent}" for each in complete(flink)]
