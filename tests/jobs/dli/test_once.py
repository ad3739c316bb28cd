"""One try sends one run, one creation, one savepoint, one stop, one batch, one statement: whatever comes of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import pytest

from airflow_provider_dli.jobs.dli.definition import JAR, SQL, Definition, define
from airflow_provider_dli.jobs.dli.savepoint import begin_savepoint
from airflow_provider_dli.jobs.dli.spark import start_batch
from airflow_provider_dli.jobs.dli.sql import submit_statement
from airflow_provider_dli.jobs.dli.start import run_or_attach
from airflow_provider_dli.jobs.dli.stop import begin_stop
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, patiently
from tests.jobs.dli import test_sql
from tests.jobs.dli.script import (
    ACCEPTED,
    BATCHES,
    CREATE_BATCH,
    CREATE_JAR,
    CREATE_SQL,
    JOB,
    PASSED_ON,
    RUN,
    SAVEPOINT,
    STATEMENTS,
    STOP,
    SUBMIT,
    Script,
    refusal,
    seen,
    tries,
)
from tests.jobs.script import html


class Sending(NamedTuple):
    """Something that is sent once: how it begins, how the job is before, and the answer when all is well."""

    operation: str
    flow: Callable[[Script], Flow[Any]]
    status: str
    well: Any


def a_retry(operation: str) -> dict[str, Any]:
    return {"job_id": JOB, "attempt": tries(operation, is_retry=True), "poll_interval": 10}


CREATED = {"is_success": "true", "job": {"job_id": int(JOB)}}
SENDINGS = [
    Sending(
        RUN,
        lambda script: run_or_attach(script.backend, job_id=JOB, attempt=tries("run", is_retry=True)),
        "job_init",
        ACCEPTED,
    ),
    Sending(
        STOP,
        lambda script: begin_stop(script.backend, trigger_savepoint=True, **a_retry("stop")),
        "job_running",
        ACCEPTED,
    ),
    Sending(
        SAVEPOINT,
        lambda script: begin_savepoint(script.backend, folder="bucket/f", **a_retry("savepoint")),
        "job_running",
        PASSED_ON,
    ),
    Sending(CREATE_JAR, lambda script: define(script.backend, Definition(JAR, "count", {})), "", CREATED),
    Sending(CREATE_SQL, lambda script: define(script.backend, Definition(SQL, "count", {})), "", CREATED),
    Sending(
        CREATE_BATCH,
        lambda script: start_batch(
            script.spark, name="n", attempt=tries("spark"), batch={"file": "f", "class_name": "C"}
        ),
        "",
        {"id": "1", "state": "starting"},
    ),
    Sending(
        SUBMIT,
        lambda script: submit_statement(script.sql, attempt=tries("sql"), statement={"sql": "SELECT 1"}),
        "",
        test_sql.SUBMITTED,
    ),
]
UNCLEAR = [
    errors.NoAnswer,
    errors.ConnectionLost,
    *(html(status) for status in (200, 408, 425, 499, 500, 502, 503, 504)),
    *(refusal(code) for code in ("DLI.0012", "DLI.0019", "DLI.0999", "DLI.10001")),
]
SAID_NO = [refusal(code) for code in ("DLI.0001", "DLI.0006", "DLI.0007", "DLI.13024", "DLI.16001")]
each_sending = pytest.mark.parametrize("sending", SENDINGS, ids=lambda sending: sending.operation.rpartition("/")[2])


def begin(sending: Sending, *replies: Any) -> Script:
    """Begin it as a task does, with patience; what comes of it is for other tests."""
    script = Script().jobs(seen(sending.status)).on(sending.operation, *replies)
    script.on(BATCHES, {"sessions": []}).on(STATEMENTS, test_sql.page())
    with suppress(JobError):
        script.run(patiently(sending.flow(script), Patience(), script.clock))
    return script


@each_sending
@pytest.mark.parametrize("reply", UNCLEAR + SAID_NO, ids=str)
def test_what_may_have_been_done_is_not_sent_again(sending: Sending, reply: Any) -> None:
    assert begin(sending, reply, sending.well).changes == [sending.operation]


@each_sending
def test_all_is_well(sending: Sending) -> None:
    assert begin(sending, sending.well).changes == [sending.operation]


@each_sending
@pytest.mark.parametrize("reply", [errors.NotReachable, refusal("APIGW.0308", "Too many.", 429)], ids=str)
def test_what_was_certainly_not_done_is_sent_again(sending: Sending, reply: Any) -> None:
    assert begin(sending, reply, reply, sending.well).changes == [sending.operation] * 3
