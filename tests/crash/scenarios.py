"""What people do to a task, and time-outs: on a stream whose task waits for its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

from airflow_provider_dli.jobs.end import DETACH, STOP_WITH_SAVEPOINT
from tests.crash.back_ends import FLINK, ON_KILL, BackEnd, flink_jobs
from tests.crash.experiment import KINDS, WAITING, Scenario
from tests.crash.lane import TASK, Lane
from tests.crash.tally import Tally
from tests.crash.task_at_work import Task, comes_true
from tests.local.waiting import wait_until

CLEARED, FAILED, SUCCESS = "clear", "failed", "success"
TOLD = {CLEARED: "cleared", FAILED: "marked failed", SUCCESS: "marked succeeded"}


def people() -> Iterator[Scenario]:
    """Each thing that a person can do to a task, to each kind of task on Flink."""
    return people_on(FLINK, _cleared)


def people_on(on: BackEnd, cleared: Callable[..., Tally]) -> Iterator[Scenario]:
    """Each thing that a person can do to a task, to each kind of task.

    :param on: where its job is.
    :param cleared: what is played where the task is cleared.
    """
    for action, kind, on_kill in product(TOLD, KINDS, ON_KILL):
        when = "while it runs" if kind == WAITING else "while it is deferred"
        play = cleared if action == CLEARED else partial(_marked, action=action, on=on)
        yield Scenario(
            f"{on.operator}, on_kill={on_kill}",
            f"the task is {TOLD[action]}",
            when,
            partial(play, kind=kind, on_kill=on_kill),
        )


def time_outs() -> Iterator[Scenario]:
    """A task that takes too long, by its own time-out and by Airflow's."""
    names = {"late": "timeout", "overdue": "execution_timeout"}
    for dag, kind, on_kill in product(names, KINDS, ON_KILL):
        when = "while it waits" if kind == WAITING else "while it is deferred"
        play = partial(_too_late, dag=f"{dag}_{on_kill}_{kind}", on_kill=on_kill)
        yield Scenario(f"{FLINK.operator}, on_kill={on_kill}", f"{names[dag]} is over", when, play)


def count_of_ended(task: Task, wanted: str, on_kill: str) -> Tally:
    """Wait for the end of a task, and of its job by ``on_kill``; count what is left.

    :param task: the task.
    :param wanted: how its run should end.
    :param on_kill: what is done with its job.
    """
    state, left = task.ends(), task.on.leaves[on_kill]
    # A triggerer may be at it when Airflow has long marked the task.
    comes_true(lambda: task.states == [left])
    tally = task.count(jobs=1, savepoints=int(on_kill == STOP_WITH_SAVEPOINT))
    tally.expect_end(state, wanted)
    tally.expect_states(task.states, [left])
    task.give_up()
    return tally


def _marked(lane: Lane, *, action: str, kind: str, on_kill: str, on: BackEnd) -> Tally:
    task = Task.started(lane, f"endless_{on_kill}_{kind}", on).watched()
    lane.client.mark(task.run, TASK, action)
    return count_of_ended(task, action, on_kill)


def _too_late(lane: Lane, *, dag: str, on_kill: str) -> Tally:
    return count_of_ended(Task.started(lane, dag), FAILED, on_kill)


def _cleared(lane: Lane, *, kind: str, on_kill: str) -> Tally:
    task = Task.started(lane, f"endless_{on_kill}_{kind}").watched()
    first, left = task.first_job, FLINK.leaves[on_kill]
    lane.client.clear(task.run, TASK)
    # The next try is of another generation, also where the task was at work.
    wait_until(lambda: task.waits(in_try=2) and len(task.states) == 2)
    comes_true(lambda: flink_jobs(lane, task.name)[first] == left)
    tally = task.count(jobs=2, savepoints=int(on_kill == STOP_WITH_SAVEPOINT))
    states = flink_jobs(lane, task.name)
    tally.expect(states[first] == left, f"job {first} is {states[first]}, and not {left}")
    tally.expect_states(states.values(), [left, FLINK.leaves[DETACH]])
    task.give_up()
    return tally
