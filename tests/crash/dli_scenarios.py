"""What people do to a task whose job is on DLI: on a stream whose task waits for its end.

A job of DLI is known by its name, so a task that is cleared finds the job that the kill of the task before is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from airflow_provider_dli.local.airflow.api import DagRun
from tests.cluster import ENDED
from tests.crash.dli_cases import end_all_on_dli, jobs_named, savepoints_of
from tests.crash.experiment import KINDS, WAITING, Scenario
from tests.crash.flink_cases import named
from tests.crash.lane import TASK, Lane
from tests.crash.scenarios import CANCEL, CHOICES, CLEARED, DETACH, STOP, SUCCESS, TOLD
from tests.crash.tally import Tally
from tests.local.waiting import wait_until
from tests.network.wire import TRIGGERER

OPERATOR = "DliFlinkJarJobOperator"
#: What becomes of the job, in DLI's words.
LEAVES = {DETACH: "job_running", CANCEL: "job_cancel_success", STOP: "job_cancel_success"}


def dli_people() -> Iterator[Scenario]:
    """Each thing that a person can do to a task, to each kind of task."""
    for action in TOLD:
        for kind in KINDS:
            for on_kill in CHOICES:
                when = "while it runs" if kind == WAITING else "while it is deferred"
                act = _cleared if action == CLEARED else partial(_marked, action=action)
                play = partial(act, kind=kind, on_kill=on_kill)
                yield Scenario(f"{OPERATOR}, on_kill={on_kill}", f"the task is {TOLD[action]}", when, play)


def _marked(lane: Lane, name: str, *, action: str, kind: str, on_kill: str) -> Tally:
    run = _begin(lane, name, kind, on_kill)
    lane.client.mark(run, TASK, action)
    complaints = _waited(lane, name, lambda: _status(lane, name) == LEAVES[on_kill], LEAVES[on_kill])
    lane.outcome(run)
    tally = _count(lane, run, name, runs=1, savepoints=int(on_kill == STOP))
    tally.complaints += complaints
    tally.expect(_status(lane, name) == LEAVES[on_kill], f"in the end the job is {_status(lane, name)}")
    end_all_on_dli(lane, {"name": name})
    return tally


def _cleared(lane: Lane, name: str, *, kind: str, on_kill: str) -> Tally:
    run = _begin(lane, name, kind, on_kill)
    (first,) = named(lane.stage.cluster, name)
    lane.client.clear(run, TASK)
    runs = 1 if on_kill == DETACH else 2

    def runs_again() -> bool:
        states = named(lane.stage.cluster, name)
        is_first_over = states[first] in ENDED or on_kill == DETACH
        task = lane.task(run)
        is_at_work = task.try_number == 2 and task.state == _state(kind) and _status(lane, name) == "job_running"
        return is_first_over and len(states) == runs and is_at_work

    complaints = _waited(lane, name, runs_again, "at work again")
    if complaints and kind != WAITING and named(lane.stage.cluster, name)[first] not in ENDED:
        # A triggerer that has much to do hears of it when the next try is deferred already. It takes that for a move to
        # another triggerer, and leaves the job alone: to that try, which then has attached to it.
        complaints, runs = [], 1
    # DLI deletes the savepoint of a stop once the job runs again.
    tally = _count(lane, run, name, runs=runs, savepoints=0)
    alive = [state for state in named(lane.stage.cluster, name).values() if state not in ENDED]
    tally.complaints += complaints
    tally.expect(len(alive) == 1, f"alive are {alive}")
    tally.expect(lane.task(run).state == _state(kind), f"the task is {lane.task(run).state}: {lane.told(run)}")
    _give_up(lane, run, name)
    return tally


def _begin(lane: Lane, name: str, kind: str, on_kill: str) -> DagRun:
    """Run a DAG until its job runs and its task waits."""
    lane.dli_wire.set(None)
    run = lane.start(f"dli_endless_{on_kill}_{kind}", {"name": name})
    wait_until(lambda: lane.task(run).state == _state(kind) and _status(lane, name) == "job_running")
    if kind != WAITING:
        # Before it runs, Airflow lets a trigger go without a word to it.
        lane.dli_wire.set(None)
        wait_until(lambda: any(step.side == TRIGGERER for step in lane.dli_wire.steps))
    return run


def _give_up(lane: Lane, run: DagRun, name: str) -> None:
    """End a task that may have failed already, and its job."""
    if lane.client.look(run).state not in {"success", "failed"}:
        lane.client.mark(run, TASK, SUCCESS)
    lane.outcome(run)
    end_all_on_dli(lane, {"name": name})


def _state(kind: str) -> str:
    return "running" if kind == WAITING else "deferred"


def _status(lane: Lane, name: str) -> str | None:
    """How the job of a name is on DLI; None where there is none."""
    project = lane.stage.project
    return next((project.status(job_id) for job_id in jobs_named(project, name)), None)


def _waited(lane: Lane, name: str, condition: Callable[[], bool], wanted: str) -> list[str]:
    """Wait for a condition, and return what is to be complained of."""
    try:
        wait_until(condition, seconds=60)
    except AssertionError:
        return [f"the job is {_status(lane, name)}, with runs {named(lane.stage.cluster, name)}, and not {wanted}"]
    return []


def _count(lane: Lane, run: DagRun, name: str, *, runs: int, savepoints: int) -> Tally:
    """Count the runs and savepoints of a name; a path is not lost that an XCom or the log tells."""
    project = lane.stage.project
    made = savepoints_of(project, name)

    def lost() -> list[str]:
        told = lane.told(run) + str(lane.client.xcom(run, TASK, "savepoint_path"))
        return [path for path in made if path not in told]

    # What the triggerer writes is on the disk a moment later.
    with suppress(AssertionError):
        wait_until(lambda: not lost(), seconds=10)
    tally = Tally(len(named(lane.stage.cluster, name)), runs, len(made), savepoints, lost())
    tally.expect(len(jobs_named(project, name)) == 1, "there is not one job of the name on DLI")
    return tally
