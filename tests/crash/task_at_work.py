"""A task in the middle of its work: to be started, looked at, and given up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from airflow_provider_dli.jobs.end import DETACH
from airflow_provider_dli.local.airflow.api import DagRun
from tests.crash.back_ends import FLINK, BackEnd, flink_jobs
from tests.crash.counting import count
from tests.crash.experiment import WAITING, fresh_name
from tests.crash.lane import PATIENCE, TASK, Lane
from tests.crash.stage import Stage
from tests.crash.tally import Tally
from tests.local.waiting import wait_until
from tests.network.wire import TRIGGERER


@dataclass(frozen=True)
class Task:
    """A task in the middle of its work.

    :param on: where its job is.
    :param lane: where it runs.
    :param kind: ``waiting`` or ``deferred``.
    :param name: its job's name.
    :param run: its run.
    """

    on: BackEnd
    lane: Lane
    kind: str
    name: str
    run: DagRun

    @classmethod
    def started(cls, lane: Lane, dag: str, on: BackEnd = FLINK) -> Task:
        """Start one.

        :param lane: where it runs.
        :param dag: the name of its DAG, without the back end's prefix.
        :param on: where its job is to be.
        """
        name = fresh_name(dag)
        return cls(on, lane, dag.rpartition("_")[2], name, lane.start(f"{on.prefix}{dag}", {"name": name}))

    def waiting(self) -> Task:
        """Return it when it waits for its job, which runs; its trigger may not run yet."""
        wait_until(self.waits)
        return self

    def watched(self) -> Task:
        """Return it when a kill is about its job: the worker knows the job, or the trigger runs."""
        self.waiting()
        if self.kind == WAITING:
            # The job may run for seconds before the submission has ended.
            wait_until(lambda: self.lane.client.xcom(self.run, TASK, "job_id"))
        else:
            # Before it runs, Airflow cancels a trigger without a call of on_kill.
            self.wait_for_looks(1)
        return self

    @property
    def operator(self) -> str:
        """What the table calls it."""
        return f"{self.on.operator} ({self.kind})"

    @property
    def first_job(self) -> str:
        """The id on Flink of its job, as long as there is no second one."""
        (job_id,) = flink_jobs(self.lane, self.name)
        return job_id

    @property
    def states(self) -> list[str]:
        """The states of its jobs, in the back end's words."""
        return list(self.on.jobs(self.lane, self.name).values())

    def waits(self, in_try: int = 1) -> bool:
        """Tell whether it waits for a job, which runs.

        :param in_try: in which of its tries.
        """
        now = self.lane.task(self.run)
        state = "running" if self.kind == WAITING else "deferred"
        return (now.state, now.try_number) == (state, in_try) and self.on.leaves[DETACH] in self.states

    def wait_for_looks(self, number: int) -> None:
        """Wait until its trigger has looked at its job so many times more."""
        wires = self.on.wires(self.lane)
        for wire in wires:
            wire.set(None)
        wait_until(lambda: sum(step.side == TRIGGERER for wire in wires for step in wire.steps) >= number)

    def ends(self) -> str:
        """Wait for the run's end, and return its state."""
        return self.lane.outcome(self.run).state

    def told(self) -> str:
        """Return what it has written, and the path of the savepoint that it has pushed."""
        return self.lane.told(self.run) + str(self.lane.client.xcom(self.run, TASK, "savepoint_path"))

    def count(self, *, jobs: int, savepoints: int = 0) -> Tally:
        """Count its jobs and their savepoints; a path is not lost that an XCom or the log tells.

        :param jobs: how many there should be.
        :param savepoints: how many there should be.
        """
        made = self.on.savepoints(self.lane, self.name)
        # What the triggerer writes is on the disk a moment later.
        comes_true(lambda: all(path in self.told() for path in made), seconds=10)
        return count(self.on, self.lane, self.name, self.told(), jobs=jobs, savepoints=savepoints)

    def give_up(self) -> None:
        """End it, unless it has ended, and its jobs."""
        if self.lane.client.look(self.run).state not in {"success", "failed"}:
            self.lane.client.mark(self.run, TASK, "success")
        self.lane.client.wait(self.run, seconds=PATIENCE)
        self.on.end_all(self.lane, self.name)


def lanes(stage: Stage) -> list[Lane]:
    """Return all lanes of a stage."""
    return [Lane(stage, number) for number in range(len(stage.wires))]


def watched_tasks(stage: Stage, *dags: str) -> list[Task]:
    """Start a task of each of these DAGs; they share the lanes."""
    return [Task.started(lane, dag).watched() for dag, lane in zip(dags, cycle(lanes(stage)), strict=False)]


def comes_true(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait for a condition; tell whether it has come true.

    :param condition: the condition.
    :param seconds: how long it may take.
    """
    try:
        return wait_until(condition, seconds)
    except AssertionError:
        return False
