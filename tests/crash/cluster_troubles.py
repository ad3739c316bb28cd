"""What happens to a whole cluster: nothing else is tried out meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from airflow_provider_dli.local.cluster import LocalFlink
from tests.cluster import Cluster
from tests.crash.back_ends import FLINK
from tests.crash.experiment import Result
from tests.crash.stage import FLINK_SETTINGS, Stage
from tests.crash.tally import Tally
from tests.crash.task_at_work import Task, watched_tasks
from tests.local.waiting import wait_until

ENDLESS = ("endless_detach_waiting", "endless_detach_deferred")
RESTORED = ("restored_waiting", "restored_deferred")


def taskmanager_is_lost(stage: Stage) -> Iterator[Result]:
    """A job whose TaskManager is killed comes back by itself; whoever waits for it goes on waiting."""
    tasks = watched_tasks(stage, *ENDLESS)
    stage.flink.kill_taskmanager()
    # Flink takes its time to notice that a TaskManager is gone.
    wait_until(lambda: not any(map(_is_at_work, tasks)))
    stage.flink.start_taskmanager()
    for task in tasks:
        yield Result(task.operator, "kill -9 of the TaskManager", "while it waits", 1, _goes_on(task))


def jobmanager_is_lost(stage: Stage) -> Iterator[Result]:
    """Without high availability, a killed JobManager's jobs are gone: that is told, and a next try can go on."""
    tasks = watched_tasks(stage, *ENDLESS, *RESTORED)
    _lose_jobmanager(stage, tasks)
    for task, judge in zip(tasks, (_forgotten, _forgotten, _restored, _restored), strict=True):
        yield Result(task.operator, "kill -9 of the JobManager", "without high availability", 1, judge(task))
        FLINK.end_all(task.lane, task.name)


def jobmanager_fails_over(stage: Stage) -> Iterator[Result]:
    """With high availability, jobs come back under their ids; whoever waits for them goes on waiting."""
    version = stage.flink.version
    with LocalFlink(version, high_availability=True, configuration=FLINK_SETTINGS) as flink, _instead(stage, flink):
        tasks = watched_tasks(stage, *ENDLESS)
        _lose_jobmanager(stage, tasks)
        for task in tasks:
            yield Result(task.operator, "kill -9 of the JobManager", "with high availability", 1, _goes_on(task))


@contextmanager
def _instead(stage: Stage, flink: LocalFlink) -> Iterator[None]:
    """Let all wires lead to another Flink."""
    before, cluster = stage.flink, stage.cluster
    stage.flink, stage.cluster = flink, Cluster(flink)
    for wire in stage.wires:
        wire.upstream = flink.port
    try:
        yield
    finally:
        stage.flink, stage.cluster = before, cluster
        for wire in stage.wires:
            wire.upstream = before.port


def _lose_jobmanager(stage: Stage, tasks: list[Task]) -> None:
    """Kill the JobManager once each task's job has a checkpoint, and start it again."""
    for job_id in [task.first_job for task in tasks]:
        wait_until(partial(stage.cluster.completed_checkpoints, job_id))
    stage.flink.kill_jobmanager()
    stage.flink.restart_jobmanager()


def _forgotten(task: Task) -> Tally:
    state, told = task.ends(), task.told()
    tally = Tally()
    tally.expect_end(state, "failed")
    tally.expect("no longer knows job" in told, "the error does not say that the job is forgotten")
    tally.expect("chk-" in told, "the error does not name the last checkpoint")
    return tally


def _restored(task: Task) -> Tally:
    """The next try's job, which goes on from the last checkpoint, is all that the new JobManager knows of."""
    wait_until(lambda: task.states == ["RUNNING"])
    cluster, job_id = task.lane.stage.cluster, task.first_job
    wait_until(lambda: cluster.metric(job_id, "restoredCount") is not None)
    tally = task.count(jobs=1)
    tally.expect((cluster.metric(job_id, "restoredCount") or 0) > 0, "the count does not go on")
    tally.expect_states(task.states, ["RUNNING"])
    task.give_up()
    return tally


def _goes_on(task: Task) -> Tally:
    wait_until(lambda: task.states == ["RUNNING"])
    wait_until(lambda: _is_at_work(task))
    tally = task.count(jobs=1)
    tally.expect(task.waits(), f"the task is {task.lane.task(task.run)}")
    tally.expect_states(task.states, ["RUNNING"])
    task.give_up()
    return tally


def _is_at_work(task: Task) -> bool:
    """Tell whether both tasks of its job run."""
    return bool(task.lane.stage.cluster.jobs()[task.first_job]["tasks"]["running"] == 2)
