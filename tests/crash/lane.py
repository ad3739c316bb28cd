"""A lane: it runs one experiment at a time, with a wire and a connection of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from airflow_provider_dli.local.airflow.api import DagRun, TaskInstance
from airflow_provider_dli.local.airflow.client import AirflowClient
from airflow_provider_dli.rest.errors import NotFound
from airflow_provider_dli.rest.patience import WaitTimedOut
from tests.crash.stage import Stage
from tests.network.wire import Wire

TASK = "it"
#: Seconds after which a task hangs.
PATIENCE = 150
# Seconds between two polls of a run: eight lanes share one API server with their tasks.
_POLL = 1.0


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    :param state: how it ended; ``hangs`` where it has not.
    :param task: its task.
    :param xcoms: what the task has pushed, as far as it matters here.
    """

    state: str
    task: TaskInstance
    xcoms: Mapping[str, Any]

    @property
    def result(self) -> Any:
        """What the task returned."""
        return self.xcoms["return_value"]


class Lane:
    """Runs experiments, one after the other.

    :param stage: where.
    :param number: which of the stage's wires is its own.
    """

    def __init__(self, stage: Stage, number: int) -> None:
        self.stage = stage
        self.number = number
        self.client = AirflowClient(stage.airflow.address)
        #: The runs that were started for the present experiment.
        self.runs: list[DagRun] = []

    @property
    def wire(self) -> Wire:
        """What its tasks speak through to Flink."""
        return self.stage.wires[self.number]

    @property
    def sql_wire(self) -> Wire:
        """What its tasks speak through to the SQL Gateway."""
        return self.stage.sql_wires[self.number]

    @property
    def dli_wire(self) -> Wire:
        """What its tasks speak through to DLI."""
        return self.stage.dli_wires[self.number]

    def start(self, dag_id: str, conf: Mapping[str, Any], run_id: str | None = None) -> DagRun:
        """Run a DAG in this lane."""
        self.runs.append(self.client.start(dag_id, {"lane": self.number, **conf}, run_id=run_id))
        return self.runs[-1]

    def task(self, run: DagRun) -> TaskInstance:
        """Return a run's task as it is now."""
        return self.client.tasks(run)[0]

    def outcome(self, run: DagRun) -> Outcome:
        """Wait for a run's end, and return what became of it."""
        try:
            state = self.client.wait(run, seconds=PATIENCE, poll_interval=_POLL).state
        except WaitTimedOut:
            state = "hangs"
        keys = ("return_value", "job_id", "job_ids", "savepoint_path")
        return Outcome(state, self.task(run), {key: self.client.xcom(run, TASK, key) for key in keys})

    def told(self, run: DagRun) -> str:
        """Return what all tries of a run's task have written."""
        return "\n".join(map(partial(self._log, run), range(1, self.task(run).try_number + 1)))

    def _log(self, run: DagRun, number: int) -> str:
        try:
            lines = self.client.log(run, TASK, number)
        except NotFound:
            return f"try {number} has not begun"
        return "\n".join(f"{line.text} {line.error or ''}" for line in lines)
