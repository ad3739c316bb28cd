"""A mistake that can be known while a DAG file is parsed is told then; what is not known is not judged."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_dli.operators.flink import (
    FlinkDeleteJarOperator,
    FlinkDisposeSavepointOperator,
    FlinkRescaleJobOperator,
    FlinkRunJarOperator,
    FlinkStopJobOperator,
    FlinkTriggerCheckpointOperator,
    FlinkTriggerSavepointOperator,
    FlinkUploadJarOperator,
)
from airflow_provider_dli.sensors.flink import FlinkCheckpointSensor, FlinkJobStatusSensor, FlinkMetricSensor
from tests.airflow_engine import make_dag
from tests.every_task import ABOUT_A_JOB, JOB, LEAST, ON_DLI, SENSORS, make

Kind = type[BaseOperator]
every = pytest.mark.parametrize("kind", LEAST)
about_a_job = pytest.mark.parametrize("kind", ABOUT_A_JOB)


@every
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"poll_interval": 0}, "poll_interval must be above 0; got 0."),
        ({"poll_interval": -1}, "poll_interval must be above 0; got -1."),
        ({"poll_interval": "often"}, "poll_interval must be a number; got 'often'."),
        ({"poll_interval": "{{ params.often }}"}, "poll_interval must be a number; got '{{ params.often }}'."),
        ({"grace_period": -1}, "grace_period must not be below 0; got -1."),
        ({"grace_period": "long"}, "grace_period must be a number; got 'long'."),
    ],
)
def test_seconds(kind: Kind, given: dict[str, Any], told: str) -> None:
    refused(kind, told, given)


@pytest.mark.parametrize("kind", [kind for kind in LEAST if kind not in SENSORS])
@pytest.mark.parametrize(("timeout", "told"), [(0, "above 0; got 0."), ("long", "a number; got 'long'.")])
def test_the_time_out_of_an_operator(kind: Kind, timeout: Any, told: str) -> None:
    refused(kind, f"timeout must be {told}", {"timeout": timeout})


@every
def test_seconds_may_be_given_as_a_timedelta(kind: Kind) -> None:
    task = make(kind, poll_interval=timedelta(seconds=3), grace_period=timedelta(minutes=1), timeout=timedelta(hours=1))
    assert (task.poll_interval, task.grace_period, task.timeout) == (3, 60, 3600)


@pytest.mark.parametrize("kind", [kind for kind in ABOUT_A_JOB if kind not in ON_DLI])
def test_a_typing_mistake_in_a_job_id(kind: Kind) -> None:
    typo = JOB[:-1]
    refused(
        kind, f"job_id must be 32 hexadecimal digits, as in {JOB!r}; got {typo!r} (31 characters).", {"job_id": typo}
    )


@pytest.mark.parametrize("kind", [kind for kind in ABOUT_A_JOB if kind in ON_DLI])
@pytest.mark.parametrize("job_id", ["orders", "23 87", "-1", "0", 0, 2387.5, True, JOB, "²"])
def test_a_job_id_of_dli_that_is_no_number(kind: Kind, job_id: Any) -> None:
    told = f"job_id must be the number that DLI has given to the job, as in 2387; got {job_id!r}."
    refused(kind, told, {"job_id": job_id})


@pytest.mark.parametrize("kind", [kind for kind in ABOUT_A_JOB if kind in ON_DLI])
@pytest.mark.parametrize("job_id", [2387, "2387", " 2387 "])
def test_a_job_id_of_dli_may_be_a_number_or_a_text(kind: Kind, job_id: Any) -> None:
    make(kind, job_id=job_id)


@about_a_job
def test_which_job(kind: Kind) -> None:
    refused(kind, "Give job_id or job_name, and not both.", {"job_name": "orders"})
    refused(kind, "Give job_id or job_name.", {"job_id": None})


RUN, SAVEPOINT, STOP = FlinkRunJarOperator, FlinkTriggerSavepointOperator, FlinkStopJobOperator
RESCALE = FlinkRescaleJobOperator
TRIGGER, DISPOSE, DELETE = FlinkTriggerCheckpointOperator, FlinkDisposeSavepointOperator, FlinkDeleteJarOperator
STATUS, CHECKPOINT, METRIC = FlinkJobStatusSensor, FlinkCheckpointSensor, FlinkMetricSensor
RESCHEDULE = {"mode": "reschedule"}
FORGETS = "In mode='reschedule', give after or max_age: the sensor forgets when it began."
NO_HOLD = "In mode='reschedule' nothing can be held: use deferrable=True, or mode='poke'."


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (RUN, {"arguments": "--rate 10"}, "arguments must be a list, as in ['--rate', '10']; got a str.\nA template"),
        (RUN, {"parallelism": 0}, "parallelism must be above 0; got 0."),
        (RUN, {"parallelism": "two"}, "parallelism must be a number; got 'two'."),
        (RUN, {"parallelism": 1.5}, "parallelism must be a whole number; got 1.5."),
        (RUN, {"flink_configuration": "a: b"}, "flink_configuration must be a dict of names and values; got a str."),
        (
            RUN,
            {"wait_until": "done"},
            "wait_until must be one of 'submitted', 'running', 'checkpointed', 'finished'; got",
        ),
        (RUN, {"wait_until": "{{ params.wait }}"}, "wait_until must be one of 'submitted', 'running'"),
        (RUN, {"wait_until": None}, "wait_until must be one of 'submitted', 'running'"),
        (
            RUN,
            {"on_kill": "stop"},
            "on_kill must be one of 'detach', 'cancel', 'stop_with_savepoint', 'cancel_unless_retried'; got 'stop'.",
        ),
        (RUN, {"claim_mode": "MINE"}, "claim_mode must be one of 'CLAIM', 'NO_CLAIM', 'LEGACY'; got 'MINE'."),
        (RUN, {"submit_timeout": 0}, "submit_timeout must be above 0; got 0."),
        (SAVEPOINT, {"savepoint_format": "ZIP"}, "savepoint_format must be one of 'CANONICAL', 'NATIVE'; got 'ZIP'."),
        (STOP, {"savepoint_format": "native"}, "savepoint_format must be one of 'CANONICAL', 'NATIVE'; got 'native'."),
        (TRIGGER, {"checkpoint_type": "full"}, "checkpoint_type must be one of 'CONFIGURED', 'FULL'; got 'full'."),
        (TRIGGER, {"checkpoint_type": "INCREMENTAL"}, "checkpoint_type must be one of 'CONFIGURED', 'FULL'; got"),
        (
            DISPOSE,
            {"savepoint_path": "", "missing_ok": False},
            "savepoint_path is empty: the template or task that it comes from",
        ),
        (DELETE, {"jar_id": "job.jar"}, "jar_id must be the id that Flink has given to an uploaded jar, as in '9a9a"),
        (DELETE, {"jar_id": "", "missing_ok": False}, "jar_id is empty: the template or task that it comes from"),
        (RESCALE, {"parallelism": 0}, "parallelism must be above 0; got 0."),
        (RESCALE, {"parallelism": "-1"}, "parallelism must be above 0; got '-1'."),
        (RESCALE, {"parallelism": "two"}, "parallelism must be a number; got 'two'."),
        (RESCALE, {"parallelism": {}}, "parallelism is empty: give a number, or a dict of vertices and numbers."),
        (RESCALE, {"parallelism": {"Count": 0}}, "parallelism of 'Count' must be above 0; got 0."),
        (RESCALE, {"lower_bound": 0}, "lower_bound must be above 0; got 0."),
        (RESCALE, {"lower_bound": 3}, "lower_bound must not be above parallelism; got 3 and 2."),
        (RESCALE, {"mode": "adaptive"}, "mode must be one of 'auto', 'in_place', 'restart'; got 'adaptive'."),
        (RESCALE, {"mode": "restart"}, "A restart needs the program: give jar."),
        (
            RESCALE,
            {"mode": "restart", "jar": "a.jar", "parallelism": {"Count": 2}},
            "parallelism must be one number where the job is restarted; got {'Count': 2}.",
        ),
        (RESCALE, {"savepoint_format": "ZIP"}, "savepoint_format must be one of 'CANONICAL', 'NATIVE'; got 'ZIP'."),
        (STATUS, {"statuses": ["FINISHED", "DONE"]}, "statuses must be one of 'INITIALIZING', 'CREATED'"),
        (STATUS, {"statuses": "FINISHED"}, "statuses must be a list"),
        (CHECKPOINT, {"kind": "backup"}, "kind must be one of 'any', 'checkpoint', 'savepoint'; got 'backup'."),
        (CHECKPOINT, {"count": 0}, "count must be above 0; got 0."),
        (CHECKPOINT, {"count": 1.5}, "count must be a whole number; got 1.5."),
        (CHECKPOINT, {"max_age": 0}, "max_age must be above 0; got 0."),
        (CHECKPOINT, {"after": "soon"}, "after must be a moment, as in '2026-11-21T06:00:00Z'; got 'soon'."),
        (CHECKPOINT, RESCHEDULE, FORGETS),
        (METRIC, {"threshold": "many"}, "threshold must be a number; got 'many'."),
        (METRIC, {"threshold": "nan"}, "threshold must be a number; got 'nan'."),
        (METRIC, {"comparison": "=>"}, "comparison must be one of '<', '<=', '==', '!=', '>=', '>'; got '=>'."),
        (METRIC, {"aggregation": "mean"}, "aggregation must be one of 'min', 'max', 'avg', 'sum'; got 'mean'."),
        (METRIC, {"hold_polls": 0}, "hold_polls must be above 0; got 0."),
        (METRIC, {"hold_seconds": -1}, "hold_seconds must not be below 0; got -1."),
        (METRIC, {"vertex": "Count", "taskmanagers": True}, "Give vertex or taskmanagers, and not both"),
        (METRIC, {**RESCHEDULE, "hold_polls": 2}, NO_HOLD),
        (METRIC, {**RESCHEDULE, "hold_seconds": 1}, NO_HOLD),
    ],
)
def test_what_one_kind_of_task_refuses(kind: Kind, given: dict[str, Any], told: str) -> None:
    refused(kind, told, given)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (CHECKPOINT, {**RESCHEDULE, "max_age": 60}),
        (CHECKPOINT, {**RESCHEDULE, "after": 0}),
        (CHECKPOINT, {**RESCHEDULE, "deferrable": True}),
        (METRIC, {**RESCHEDULE, "deferrable": True, "hold_polls": 2}),
        (METRIC, {"threshold": "5"}),
        (METRIC, {"threshold": 0}),
        (RUN, {"parallelism": "2"}),
        (RUN, {"grace_period": 0}),
    ],
)
def test_what_is_fine(kind: Kind, given: dict[str, Any]) -> None:
    make(kind, **given)


@every
def test_a_template_is_not_judged(kind: Kind) -> None:
    for name in kind.template_fields:
        make(kind, **_with(kind, name, f"{{{{ params.{name} }}}}"))


@every
def test_another_tasks_result_is_not_judged(kind: Kind) -> None:
    with make_dag():
        result = make(FlinkUploadJarOperator).output
        for number, name in enumerate(kind.template_fields):
            kind(**{**LEAST[kind], **_with(kind, name, result), "task_id": f"it_{number}"})


def _with(kind: Kind, name: str, value: object) -> dict[str, Any]:
    """Return an argument, without the other way to name the job."""
    return {name: value, "job_id": None} if name == "job_name" and kind in ABOUT_A_JOB else {name: value}


def refused(task: Kind, told: str, given: dict[str, Any]) -> None:
    """Make sure that a DAG file with these arguments cannot be parsed, and says why."""
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        make(task, **given)
