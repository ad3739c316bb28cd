"""Clears, marks, deleted DAG runs and clocks that differ, for tasks whose jobs are on DLI.

A job of DLI is identified by its name, so a task that is cleared finds the job that the kill of the task before ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from airflow_provider_dli.jobs.end import DETACH
from tests.cluster import ENDED
from tests.crash.airflow_troubles import delete_and_run_again
from tests.crash.back_ends import DLI, alive, flink_jobs
from tests.crash.dli_cases import DLI_CASES, a_slow_job, statements_of
from tests.crash.experiment import KINDS, WAITING, OnTheWire, Result, Scenario, fresh_name
from tests.crash.lane import TASK, Lane
from tests.crash.scenarios import people_on
from tests.crash.stage import Stage
from tests.crash.tally import Tally
from tests.crash.task_at_work import Task, comes_true, lanes
from tests.local.waiting import wait_until
from tests.network.faults import KILL_ANSWERED, KILL_UNREAD
from tests.network.wire import WORKER, Step

#: Seconds by which the clock of DLI is ahead of Airflow's.
AHEAD = (-600, -10, 10, 600)
_RUN = Step(WORKER, "POST", "/v1.0/*/streaming/jobs/run")


def dli_people() -> Iterator[Scenario]:
    """Each thing that a person can do to a task, to each kind of task on DLI."""
    yield from people_on(DLI, _cleared)
    for kind in KINDS:
        play = partial(_cleared_in_a_stop, kind=kind)
        yield Scenario(f"DliStopFlinkJobOperator ({kind})", "the task is cleared", "while the savepoint is made", play)


def statement_again(stage: Stage) -> Iterator[Result]:
    """A run is deleted, and another one has its id: its statement is executed, too."""
    lane = lanes(stage)[0]
    name = fresh_name("again-on-dli")
    state = delete_and_run_again(lane, "dli_sql_waiting", name)
    tally = Tally(len(statements_of(lane, name)), 2)
    tally.expect_end(state, "success")
    yield Result(f"DliSqlOperator ({WAITING})", "its DAG run is deleted and run again", "under the same id", 1, tally)


def dli_clock_differs(stage: Stage) -> Iterator[Result]:
    """DLI's clock is wrong while a worker is killed: a bounded job has one run."""
    lane = lanes(stage)[0]
    (case,) = (case for case in DLI_CASES if case.name == "dli_run_batch")
    for ahead in AHEAD:
        stage.project.dli.shift_clock(ahead)
        for kind, fault in zip(KINDS, (KILL_UNREAD, KILL_ANSWERED), strict=True):
            result = OnTheWire(case, kind, _RUN, fault).conduct(lane)
            yield replace(result, fault=f"{result.fault}, DLI's clock is {ahead:+} s off")
    stage.project.dli.shift_clock(0)


def _cleared_in_a_stop(lane: Lane, *, kind: str) -> Tally:
    """Clear a task whose stop takes seconds: the next try follows it, or finds it done and names the savepoint."""
    name = fresh_name(f"stop-cleared-{kind}")
    conf = a_slow_job(lane, name)
    run = lane.start(f"dli_stop_{kind}", conf)
    wait_until(lambda: lane.stage.project.status(conf["job_id"]) == "job_savepointing")
    lane.client.clear(run, TASK)
    outcome = lane.outcome(run)
    made = DLI.savepoints(lane, name)
    known = outcome.xcoms.values()
    tally = Tally(len(flink_jobs(lane, name)), 1, len(made), 1, [path for path in made if path not in known])
    # Airflow may take longer to end the first try than the stop takes. A task that has nothing to stop fails.
    tally.expect_end(outcome.state, "success" if outcome.result else "failed")
    tally.expect(outcome.task.try_number > 1, "the task was not cleared")
    tally.expect_states(DLI.jobs(lane, name).values(), ["job_cancel_success"])
    DLI.end_all(lane, name)
    return tally


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
    tally.expect_states(task.states, [DLI.leaves[DETACH]])
    tally.expect(task.waits(in_try=2), f"the task is {lane.task(task.run)}")
    task.give_up()
    return tally
