"""What people do to a task, and time-outs: on a stream whose task waits for its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from airflow_provider_dli.local.airflow.api import DagRun
from tests.cluster import ENDED
from tests.crash.experiment import KINDS, WAITING, Scenario
from tests.crash.flink_cases import end_all, named
from tests.crash.lane import TASK, Lane
from tests.crash.tally import Tally
from tests.local.waiting import wait_until
from tests.network.wire import TRIGGERER

OPERATOR = "FlinkRunJarOperator"
DETACH, CANCEL, STOP = CHOICES = ("detach", "cancel", "stop_with_savepoint")
#: What becomes of the job, in Flink's words.
LEAVES = {DETACH: "RUNNING", CANCEL: "CANCELED", STOP: "FINISHED"}
CLEARED, FAILED, SUCCESS = "clear", "failed", "success"
TOLD = {CLEARED: "cleared", FAILED: "marked failed", SUCCESS: "marked succeeded"}

Act = Callable[[Lane, DagRun], None]


def people() -> Iterator[Scenario]:
    """Each thing that a person can do to a task, to each kind of task."""
    for action in TOLD:
        for kind in KINDS:
            for on_kill in CHOICES:
                when = "while it runs" if kind == WAITING else "while it is deferred"
                play = partial(_acted_on, action=action, kind=kind, on_kill=on_kill)
                yield Scenario(f"{OPERATOR}, on_kill={on_kill}", f"the task is {TOLD[action]}", when, play)


def time_outs() -> Iterator[Scenario]:
    """A task that takes too long, by its own time-out and by Airflow's."""
    for name, dag in (("timeout", "late"), ("execution_timeout", "overdue")):
        for kind in KINDS:
            for on_kill in CHOICES:
                when = "while it waits" if kind == WAITING else "while it is deferred"
                play = partial(_too_late, dag_id=f"{dag}_{on_kill}_{kind}", on_kill=on_kill)
                yield Scenario(f"{OPERATOR}, on_kill={on_kill}", f"{name} is over", when, play)


def begin(lane: Lane, dag_id: str, name: str, state: str) -> tuple[DagRun, str]:
    """Run a DAG until its job runs and its task has a state; return the run and the job's id."""
    run = lane.start(dag_id, {"name": name})
    wait_until(lambda: lane.task(run).state == state and "RUNNING" in named(lane.stage.cluster, name).values())
    if state == "deferred":
        # Before it runs, Airflow lets a trigger go without a word to it.
        lane.wire.set(None)
        wait_until(lambda: any(step.side == TRIGGERER for step in lane.wire.steps))
    (job_id,) = named(lane.stage.cluster, name)
    return run, job_id


def count(lane: Lane, run: DagRun, name: str, *, jobs: int, savepoints: int) -> Tally:
    """Count the jobs and savepoints of a name; a path is not lost that an XCom or the log tells."""
    cluster = lane.stage.cluster
    ids = named(cluster, name)
    made = [path for job_id in ids for path in cluster.savepoints_of(job_id)]

    def lost() -> list[str]:
        told = lane.told(run) + str(lane.client.xcom(run, TASK, "savepoint_path"))
        return [path for path in made if path not in told]

    # What the triggerer writes is on the disk a moment later.
    with suppress(AssertionError):
        wait_until(lambda: not lost(), seconds=10)
    return Tally(len(ids), jobs, len(made), savepoints, lost())


def _acted_on(lane: Lane, name: str, *, action: str, kind: str, on_kill: str) -> Tally:
    state = "running" if kind == WAITING else "deferred"
    run, job_id = begin(lane, f"endless_{on_kill}_{kind}", name, state)
    if action == CLEARED:
        lane.client.clear(run, TASK)
        # While it runs, Airflow makes a clear a retry: a job that goes on is attached to.
        jobs = 1 if (kind, on_kill) == (WAITING, DETACH) else 2
        wait_until(lambda: lane.task(run).try_number == 2 and lane.task(run).state == state)
        wait_until(lambda: len(named(lane.stage.cluster, name)) == jobs)
    else:
        lane.client.mark(run, TASK, action)
        jobs = 1
    tally = _settled(lane, name, job_id, LEAVES[on_kill])
    counted = count(lane, run, name, jobs=jobs, savepoints=int(on_kill == STOP))
    counted.complaints += tally.complaints
    if action == CLEARED:
        alive = [state for state in named(lane.stage.cluster, name).values() if state not in ENDED]
        counted.expect(len(alive) == (2 if jobs == 2 and on_kill == DETACH else 1), f"alive are {alive}")
        lane.client.mark(run, TASK, SUCCESS)
    lane.outcome(run)
    end_all(lane, {"name": name})
    return counted


def _too_late(lane: Lane, name: str, *, dag_id: str, on_kill: str) -> Tally:
    run = lane.start(dag_id, {"name": name})
    outcome = lane.outcome(run)
    tally = _settled(lane, name, next(iter(named(lane.stage.cluster, name))), LEAVES[on_kill])
    counted = count(lane, run, name, jobs=1, savepoints=int(on_kill == STOP))
    counted.complaints += tally.complaints
    counted.hangs = outcome.state == "hangs"
    counted.expect(outcome.state == "failed", f"the run is {outcome.state}")
    end_all(lane, {"name": name})
    return counted


def _settled(lane: Lane, name: str, job_id: str, state: str) -> Tally:
    """Wait until what becomes of a job has become of it."""
    tally = Tally()
    try:
        wait_until(lambda: named(lane.stage.cluster, name)[job_id] == state, seconds=30)
    except AssertionError:
        tally.expect(False, f"job {job_id} is {named(lane.stage.cluster, name)[job_id]}, not {state}")
    return tally
