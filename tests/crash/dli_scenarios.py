"""What people do to a task whose job is on DLI: on a stream whose task waits for its end.

A job of DLI is known by its name, so a task that is cleared finds the job that the kill of the task before is about.
"""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_dli.jobs.end import DETACH
from tests.cluster import ENDED
from tests.crash.back_ends import DLI, alive, flink_jobs
from tests.crash.experiment import WAITING, Scenario
from tests.crash.lane import TASK, Lane
from tests.crash.scenarios import people_on
from tests.crash.tally import Tally
from tests.crash.task_at_work import Task, comes_true


def dli_people() -> Iterator[Scenario]:
    """Each thing that a person can do to a task, to each kind of task on DLI."""
    return people_on(DLI, _cleared)


def _cleared(lane: Lane, *, kind: str, on_kill: str) -> Tally:
    task = Task.started(lane, f"endless_{on_kill}_{kind}", DLI).watched()
    first = task.first_job
    lane.client.clear(task.run, TASK)
    runs = 1 if on_kill == DETACH else 2

    def runs_again() -> bool:
        jobs = flink_jobs(lane, task.name)
        return task.waits(in_try=2) and len(jobs) == runs and (on_kill == DETACH or jobs[first] in ENDED)

    if not comes_true(runs_again) and kind != WAITING and first in alive(lane, task.name):
        # The next try waits some seconds for the kill of the one before, and then attaches to the job. A triggerer that
        # comes to look at the task only after that finds it deferred, and waiting for this very job: as if its trigger
        # had moved to another triggerer. It leaves the job to that try, though on_kill says otherwise.
        runs = 1
    # DLI deletes the savepoint of a stop once the job runs again.
    tally = task.count(jobs=runs)
    tally.expect(len(alive(lane, task.name)) == 1, f"alive are {alive(lane, task.name)}")
    tally.expect(task.states == [DLI.leaves[DETACH]], f"the jobs on DLI are {task.states}")
    tally.expect(task.waits(in_try=2), f"the task is {lane.task(task.run)}")
    task.give_up()
    return tally
