"""A client for an Airflow of one's own: it runs DAGs and looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, Final, TypeVar

from airflow_provider_dli.local.airflow import api
from airflow_provider_dli.local.airflow.api import DagRun, LogLine, TaskInstance
from airflow_provider_dli.local.airflow.diagnosis import cause
from airflow_provider_dli.local.airflow.errors import DagFileError
from airflow_provider_dli.rest.authentication import Bearer
from airflow_provider_dli.rest.deadline import after
from airflow_provider_dli.rest.errors import Conflict, NotFound, ServerError
from airflow_provider_dli.rest.flow import Flow, ask, pause
from airflow_provider_dli.rest.patience import Patience, patiently, within
from airflow_provider_dli.rest.request import Request
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target

T = TypeVar("T")

#: Seconds between two looks.
_LOOK_EVERY: Final = 0.25
#: SQLite may be locked for some time, where many components write.
_PATIENCE: Final = Patience(grace=60)


class AirflowClient:
    """Speaks to an Airflow that gives a token to anybody.

    :param address: where its API server is.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._driver = _driver(Target((address,)))
        self._driver = _driver(Target((address,), Bearer(self.send(api.token()))))

    def send(self, request: Request[T]) -> T:
        """Send a request of :mod:`.api`, and return its decoded answer."""
        return self._run(ask(request))

    def start(
        self, dag_id: str, conf: Mapping[str, Any] | None = None, *, run_id: str | None = None, seconds: float = 60
    ) -> DagRun:
        """Run a DAG, as soon as its file has been read; return the run, which has just begun.

        :param dag_id: the DAG.
        :param conf: the run's parameters.
        :param run_id: the id that the run shall have; None for one of its own.
        :param seconds: how long it may take until the file has been read.
        :raises DagFileError: if a file cannot be read.
        :raises WaitTimedOut: if the DAG is not there then.
        """
        self._run(_until_read(dag_id), seconds)
        self.send(api.unpause(dag_id))
        now = datetime.now(timezone.utc)
        run_id = run_id or f"{now:%H%M%S.%f}"
        try:
            return self.send(api.trigger(dag_id, run_id, now, conf or {}))
        except Conflict:
            # It was carried out already, and the answer was lost.
            return self.send(api.dag_run(dag_id, run_id))

    def wait(self, run: DagRun, *, seconds: float = 120, poll_interval: float = _LOOK_EVERY) -> DagRun:
        """Wait until a run has ended, well or badly; return it as it is then.

        :param run: the run.
        :param seconds: how long it may take.
        :param poll_interval: seconds between two polls.
        :raises WaitTimedOut: if it has not ended then.
        """
        return self._run(_until_ended(run, poll_interval), seconds)

    def look(self, run: DagRun) -> DagRun:
        """Return a run as it is now."""
        return self.send(api.dag_run(run.dag_id, run.run_id))

    def tasks(self, run: DagRun) -> tuple[TaskInstance, ...]:
        """Return the tasks of a run as they are now."""
        return self.send(api.task_instances(run.dag_id, run.run_id))

    def clear(self, run: DagRun, task_id: str) -> None:
        """Clear a task of a run, as a person does: it is run afresh, and killed before if it still runs."""
        before = self._states(run, task_id)
        # Where SQLite is locked, nothing is done. Done twice, it is another thing: the second one clears what restarts.
        while self._states(run, task_id) == before:
            with suppress(ServerError):
                self.send(api.clear(run.dag_id, run.run_id, task_id))
                return

    def mark(self, run: DagRun, task_id: str, state: str) -> None:
        """End a task as a person does who knows better: if it still runs, it is killed.

        :param run: the run.
        :param task_id: the task.
        :param state: ``success``, ``failed`` or ``skipped``.
        """
        self.send(api.mark(run.dag_id, run.run_id, task_id, state))

    def xcom(self, run: DagRun, task_id: str, key: str = "return_value") -> Any:
        """Return what a task has pushed under a key; None where it has pushed nothing."""
        try:
            return self.send(api.xcom(run.dag_id, run.run_id, task_id, key))
        except NotFound:
            return None

    def log(self, run: DagRun, task_id: str, try_number: int = 1) -> tuple[LogLine, ...]:
        """Return what one try of a task has written, the triggerer's part included."""
        return self.send(api.log(run.dag_id, run.run_id, task_id, try_number))

    def links(self, run: DagRun, task_id: str) -> Mapping[str, str | None]:
        """Return where the buttons on a task's page lead; None for one that leads nowhere yet."""
        return self.send(api.links(run.dag_id, run.run_id, task_id))

    def page(self, run: DagRun) -> str:
        """Return the address of a run's page in the web UI."""
        return f"{self._address}/dags/{run.dag_id}/runs/{run.run_id}"

    def _states(self, run: DagRun, task_id: str) -> list[tuple[str, int]]:
        return [(task.state, task.try_number) for task in self.tasks(run) if task.task_id == task_id]

    def _run(self, flow: Flow[T], seconds: float | None = None) -> T:
        return self._driver.run(within(patiently(flow, _PATIENCE), after(seconds) if seconds else None))


def _driver(target: Target) -> Driver:
    return Driver(Sender(target), lambda sentence: None)


def _until_read(dag_id: str) -> Flow[None]:
    while True:
        try:
            yield from ask(api.dag(dag_id))
            return
        except NotFound:
            yield from _require_readable_files()
        yield from pause(_LOOK_EVERY, f"there is no DAG {dag_id!r} yet")


def _require_readable_files() -> Flow[None]:
    errors = yield from ask(api.import_errors())
    for file, trace in errors.items():
        raise DagFileError(f"Airflow cannot read {file}: {cause(trace)}")


def _until_ended(run: DagRun, poll_interval: float) -> Flow[DagRun]:
    while True:
        seen = yield from ask(api.dag_run(run.dag_id, run.run_id))
        if seen.has_ended:
            return seen
        yield from pause(poll_interval, f"run {run.run_id} of {run.dag_id} is {seen.state}")
