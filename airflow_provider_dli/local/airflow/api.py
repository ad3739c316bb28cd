"""Airflow's REST API: the few operations that it takes to run a DAG and look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from airflow_provider_dli.rest.endpoint import Api, Parts
from airflow_provider_dli.rest.request import Answer, first_line

_ENDED: Final = {"success", "failed"}


def _explain(answer: Answer) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return first_line(answer)


AIRFLOW: Final = Api("Airflow", "2", _explain)


@dataclass(frozen=True)
class Health:
    """How a component is.

    :param status: ``healthy`` or ``unhealthy``; None where there never was one.
    :param heartbeat: its last sign of life, in seconds since the epoch; None where it gives none.
    """

    status: str | None
    heartbeat: float | None

    @property
    def is_healthy(self) -> bool:
        """Whether all is well with it."""
        return self.status == "healthy"


@dataclass(frozen=True)
class DagRun:
    """A run of a DAG.

    :param dag_id: the DAG.
    :param run_id: the run.
    :param state: ``queued``, ``running``, ``success`` or ``failed``.
    """

    dag_id: str
    run_id: str
    state: str

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.state in _ENDED

    @classmethod
    def read(cls, answer: Answer) -> DagRun:
        """Read the answer."""
        told = answer.json()
        return cls(told["dag_id"], told["dag_run_id"], told["state"])


@dataclass(frozen=True)
class TaskInstance:
    """A task of a run.

    :param task_id: the task.
    :param state: its state, in Airflow's words; empty while it has none.
    :param try_number: which try this is; 0 before the first.
    :param started: when this try started, in seconds since the epoch.
    :param ended: when it ended, likewise.
    :param pid: the process that runs it, or ran it last.
    :param rendered: its templated fields, as they were filled in.
    """

    task_id: str
    state: str
    try_number: int
    started: float | None
    ended: float | None
    pid: int | None
    rendered: Mapping[str, Any]

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> TaskInstance:
        """Read one row."""
        return cls(
            row["task_id"],
            row["state"] or "",
            row["try_number"],
            _seconds(row["start_date"]),
            _seconds(row["end_date"]),
            row["pid"],
            row["rendered_fields"],
        )


@dataclass(frozen=True)
class LogLine:
    """What a task has written at one moment.

    :param text: the message.
    :param error: what was raised, where something was: its kind and its message.
    """

    text: str
    error: str | None = None

    @classmethod
    def read(cls, line: str | Mapping[str, Any]) -> LogLine:
        """Read one entry."""
        if isinstance(line, str):
            return cls(line)
        raised = line.get("error_detail") or ()
        return cls(line["event"], next((f"{one['exc_type']}: {one['exc_value']}" for one in raised), None))


def _seconds(moment: str | None) -> float | None:
    # Python reads the Z of UTC only since 3.11.
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() if moment else None


def _token(answer: Answer) -> str:
    return str(answer.json()["access_token"])


def _health(answer: Answer) -> Mapping[str, Health]:
    return {name: _component(name, told) for name, told in answer.json().items()}


def _component(name: str, told: Mapping[str, Any]) -> Health:
    return Health(told["status"], _seconds(told.get(f"latest_{name}_heartbeat")))


def _nothing(answer: Answer) -> None:
    """Read an answer that has no body."""


def _has_it(answer: Answer) -> bool:
    return bool(answer.json())


def _import_errors(answer: Answer) -> Mapping[str, str]:
    return {one["filename"]: one["stack_trace"] for one in answer.json()["import_errors"]}


def _task_instances(answer: Answer) -> tuple[TaskInstance, ...]:
    return tuple(map(TaskInstance.read, answer.json()["task_instances"]))


def _value(answer: Answer) -> Any:
    return answer.json()["value"]


def _lines(answer: Answer) -> tuple[LogLine, ...]:
    return tuple(map(LogLine.read, answer.json()["content"]))


def _links(answer: Answer) -> Mapping[str, str | None]:
    return dict(answer.json()["extra_links"])


@AIRFLOW.endpoint("GET /auth/token", _token, success=201)
def token() -> Parts:
    """Ask for a token; an Airflow whose users are all administrators gives one to anybody."""
    return Parts()


@AIRFLOW.endpoint("GET /api/v2/monitor/health", _health)
def health() -> Parts:
    """Ask how the database, the scheduler, the triggerer and the DAG processor are."""
    return Parts()


@AIRFLOW.endpoint("GET /api/v2/dags/:dag", _has_it)
def dag(dag_id: str) -> Parts:
    """Ask whether there is a DAG; the answer is 404 until its file has been read."""
    return Parts([dag_id])


@AIRFLOW.endpoint("GET /api/v2/importErrors", _import_errors)
def import_errors() -> Parts:
    """Ask which DAG files could not be read, and why."""
    return Parts()


@AIRFLOW.endpoint("PATCH /api/v2/dags/:dag", _has_it)
def unpause(dag_id: str) -> Parts:
    """Let a DAG run."""
    return Parts([dag_id], json={"is_paused": False}, repeatable=True)


@AIRFLOW.endpoint("POST /api/v2/dags/:dag/dagRuns", DagRun.read)
def trigger(dag_id: str, run_id: str, logical_date: datetime, conf: Mapping[str, Any]) -> Parts:
    """Start a run of a DAG. Sent twice, it is answered 409: the id is ours, so it starts one run all the same.

    :param dag_id: the DAG.
    :param run_id: the id that the run shall have.
    :param logical_date: the moment that the run is for; a DAG has no two runs for the same.
    :param conf: its parameters.
    """
    body = {"dag_run_id": run_id, "logical_date": logical_date.isoformat(), "conf": dict(conf)}
    return Parts([dag_id], json=body, repeatable=True)


@AIRFLOW.endpoint("GET /api/v2/dags/:dag/dagRuns/:run", DagRun.read)
def dag_run(dag_id: str, run_id: str) -> Parts:
    """Ask for a run."""
    return Parts([dag_id, run_id])


@AIRFLOW.endpoint("PATCH /api/v2/dags/:dag/dagRuns/:run", DagRun.read)
def mark_run(dag_id: str, run_id: str, state: str) -> Parts:
    """End a run as a person does who knows better: what of it still runs is killed.

    :param dag_id: the DAG.
    :param run_id: the run.
    :param state: ``success`` or ``failed``.
    """
    return Parts([dag_id, run_id], json={"state": state}, repeatable=True)


@AIRFLOW.endpoint("DELETE /api/v2/dags/:dag/dagRuns/:run", _nothing, success=204)
def delete_run(dag_id: str, run_id: str) -> Parts:
    """Delete a run with all that is known of it."""
    return Parts([dag_id, run_id])


@AIRFLOW.endpoint("GET /api/v2/dags/:dag/dagRuns/:run/taskInstances", _task_instances)
def task_instances(dag_id: str, run_id: str) -> Parts:
    """Ask for all tasks of a run, 1000 at most."""
    return Parts([dag_id, run_id], query={"limit": 1000})


@AIRFLOW.endpoint("POST /api/v2/dags/:dag/clearTaskInstances", _has_it)
def clear(dag_id: str, run_id: str, task_id: str) -> Parts:
    """Clear a task: it is run afresh, and killed before if it still runs."""
    body = {"dry_run": False, "dag_run_id": run_id, "task_ids": [task_id], "only_failed": False}
    return Parts([dag_id], json=body)


@AIRFLOW.endpoint("PATCH /api/v2/dags/:dag/dagRuns/:run/taskInstances/:task", _has_it)
def mark(dag_id: str, run_id: str, task_id: str, state: str) -> Parts:
    """End a task as a person does who knows better: if it still runs, it is killed.

    :param dag_id: the DAG.
    :param run_id: the run.
    :param task_id: the task.
    :param state: ``success``, ``failed`` or ``skipped``.
    """
    return Parts([dag_id, run_id, task_id], json={"new_state": state}, repeatable=True)


@AIRFLOW.endpoint("GET /api/v2/dags/:dag/dagRuns/:run/taskInstances/:task/xcomEntries/:key", _value)
def xcom(dag_id: str, run_id: str, task_id: str, key: str) -> Parts:
    """Ask for a value that a task has pushed."""
    return Parts([dag_id, run_id, task_id, key])


@AIRFLOW.endpoint("GET /api/v2/dags/:dag/dagRuns/:run/taskInstances/:task/logs/:try", _lines)
def log(dag_id: str, run_id: str, task_id: str, try_number: int) -> Parts:
    """Ask for what one try of a task has written."""
    return Parts([dag_id, run_id, task_id, str(try_number)], query={"full_content": True})


@AIRFLOW.endpoint("GET /api/v2/dags/:dag/dagRuns/:run/taskInstances/:task/links", _links)
def links(dag_id: str, run_id: str, task_id: str) -> Parts:
    """Ask where the buttons on a task's page lead; None for one that leads nowhere yet."""
    return Parts([dag_id, run_id, task_id])
