"""Several tasks that stop one job on Flink, or take its savepoint just then: none destroys another one's savepoint."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from airflow_provider_dli.jobs.end import STOP_WITH_SAVEPOINT
from airflow_provider_dli.local.airflow.api import DagRun
from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from tests.crash.back_ends import FLINK, flink_jobs
from tests.crash.counting import count
from tests.crash.experiment import DEFERRED, KINDS, WAITING, Scenario, fresh_name
from tests.crash.lane import TASK, Lane
from tests.crash.scenarios import FAILED
from tests.crash.tally import Tally
from tests.crash.task_at_work import Task, comes_true
from tests.local.waiting import wait_until

#: A job whose savepoints take longer than Airflow needs for the start of a task.
SLOW = ("--rate", "50", "--checkpoint-interval", "0", "--slow-snapshot", "25000")
_STOP = "FlinkStopJobOperator"


def stops() -> Iterator[Scenario]:
    """Two stops of one job at once, and beside each other; a stop beside a savepoint."""
    for first, second in ((WAITING, DEFERRED), (DEFERRED, WAITING), (DEFERRED, DEFERRED)):
        yield Scenario(
            f"{_STOP} ({first})",
            f"another DAG stops the job ({second})",
            "at the same time",
            partial(_both, first, second),
        )
    for kind in KINDS:
        during = "while the savepoint is made"
        yield Scenario(f"{_STOP} ({kind})", "another DAG stops the job", during, partial(_later, kind))
        yield Scenario(f"{_STOP} ({kind})", "the task is cleared", during, partial(_cleared, kind))
        yield Scenario(
            f"{FLINK.operator}, on_kill={STOP_WITH_SAVEPOINT}",
            f"another DAG stops the job, and the task is marked failed ({kind})",
            during,
            partial(_killed, kind),
        )
        yield Scenario(
            f"{_STOP} ({kind})", "another DAG takes a savepoint", "before the stop", partial(_backed_up, kind)
        )


def _both(first: str, second: str, lane: Lane) -> Tally:
    name, job_id = _a_slow_job(lane)
    runs = [_start(lane, f"stop_{kind}", name, job_id) for kind in (first, second)]
    return _count(lane, name, job_id, runs)


def _later(kind: str, lane: Lane) -> Tally:
    name, job_id = _a_slow_job(lane)
    first = _start(lane, f"stop_{kind}", name, job_id)
    wait_until(lambda: _in_progress(lane, job_id))
    return _count(lane, name, job_id, [first, _start(lane, f"stop_{kind}", name, job_id)])


def _cleared(kind: str, lane: Lane) -> Tally:
    name, job_id = _a_slow_job(lane)
    run = _start(lane, f"stop_{kind}", name, job_id)
    # In between it is neither running nor deferred, and a clear may be lost.
    at_work = "running" if kind == WAITING else "deferred"
    wait_until(lambda: _in_progress(lane, job_id) and lane.task(run).state == at_work)
    lane.client.clear(run, TASK)
    tally = _count(lane, name, job_id, [run])
    tally.expect(lane.task(run).try_number > 1, "the task was not cleared")
    return tally


def _killed(kind: str, lane: Lane) -> Tally:
    task = Task.started(lane, f"slow_{STOP_WITH_SAVEPOINT}_{kind}").watched()
    job_id = task.first_job
    run = _start(lane, "stop_deferred", task.name, job_id)
    wait_until(lambda: _in_progress(lane, job_id))
    lane.client.mark(task.run, TASK, FAILED)
    tally = _count(lane, task.name, job_id, [run])
    tally.expect_end(task.ends(), FAILED)
    return tally


def _backed_up(kind: str, lane: Lane) -> Tally:
    name, job_id = _a_slow_job(lane)
    backup = _start(lane, f"savepoint_{kind}", name, job_id)
    wait_until(lambda: _in_progress(lane, job_id))
    return _count(lane, name, job_id, [backup, _start(lane, f"stop_{kind}", name, job_id)], savepoints=2)


def _a_slow_job(lane: Lane) -> tuple[str, str]:
    name = fresh_name("slow-stop")
    return name, lane.stage.cluster.running(STREAMING_COUNT, *SLOW, "--name", name)


def _start(lane: Lane, dag: str, name: str, job_id: str) -> DagRun:
    return lane.start(dag, {"name": name, "job_id": job_id})


def _in_progress(lane: Lane, job_id: str) -> bool:
    """Tell whether a savepoint is being made, as far as the cluster shows it by now."""
    history = lane.stage.cluster.get(f"/jobs/{job_id}/checkpoints")["history"]
    return any(one["is_savepoint"] and one["status"] == "IN_PROGRESS" for one in history)


def _count(lane: Lane, name: str, job_id: str, runs: list[DagRun], savepoints: int = 1) -> Tally:
    """Wait for the end of runs, and count what is left: each of them has succeeded, and the job was stopped."""
    outcomes = [lane.outcome(run) for run in runs]
    comes_true(lambda: flink_jobs(lane, name)[job_id] == "FINISHED", seconds=10)
    paths = {str(outcome.result) for outcome in outcomes}
    known = {str(value) for outcome in outcomes for value in outcome.xcoms.values()}
    tally = count(FLINK, lane, name, known, jobs=1, savepoints=savepoints)
    for outcome in outcomes:
        tally.expect_end(outcome.state, "success")
    tally.expect(len(paths) == savepoints, f"the results are {paths}")
    tally.expect_states(flink_jobs(lane, name).values(), ["FINISHED"])
    FLINK.end_all(lane, name)
    return tally
