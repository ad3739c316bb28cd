"""Every flow can be called in another process, and ends in the same way with either driver."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from airflow_provider_dli.jobs.checkpoint import follow_checkpoint
from airflow_provider_dli.jobs.disposal import follow_disposal
from airflow_provider_dli.jobs.dli.checkpoint import wait_for_dli_checkpoint
from airflow_provider_dli.jobs.dli.savepoint import follow_dli_savepoint
from airflow_provider_dli.jobs.dli.stop import follow_dli_stop
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flows import _MODULES, Call, call
from airflow_provider_dli.jobs.object_store import Found
from airflow_provider_dli.jobs.outcome import failed, succeeded
from airflow_provider_dli.jobs.rescale import wait_for_parallelism
from airflow_provider_dli.jobs.restart import wait_for_restarted
from airflow_provider_dli.jobs.savepoint import follow_savepoint
from airflow_provider_dli.jobs.stop import follow_stop
from airflow_provider_dli.jobs.wait import wait_for_end, wait_for_job, wait_for_program, wait_for_status
from airflow_provider_dli.jobs.watch_checkpoints import wait_for_checkpoint
from airflow_provider_dli.jobs.watch_metric import wait_for_metric
from airflow_provider_dli.rest.asynchronous import AsyncDriver
from tests.jobs.dli import script as dli
from tests.jobs.dli.test_savepoint import Store
from tests.jobs.script import (
    CHECKPOINT_STATUS,
    CHECKPOINTS,
    DETAIL,
    DISPOSAL,
    GONE,
    ID,
    IN_PROGRESS,
    OPERATION,
    STATUS,
    VERTEX,
    Script,
    broken,
    checkpointed,
    detail,
    history,
    made,
    row,
    savepoint,
)

DISPOSED = {"status": {"id": "COMPLETED"}, "operation": {}}
OPERATION_ARGUMENTS = {"operation_id": OPERATION, "after_checkpoint": 0}
CALLS = [
    call(wait_for_job, job_id=ID, until="finished", poll_interval=0.001, known=True),
    call(wait_for_status, job_id=ID, statuses=["FINISHED"], poll_interval=0.001),
    Call(
        "watch",
        {
            "flow": "wait_for_status",
            "arguments": {"statuses": ["FINISHED"], "poll_interval": 0.001},
            "job_id": ID,
            "poll_interval": 0.001,
            "backs_off": True,
            "max_wait": 0.002,
            "keeps_trying": True,
        },
    ),
    call(wait_for_end, job_id=ID, poll_interval=0.001),
    call(wait_for_checkpoint, job_id=ID, kind="savepoint", count=1, after=0.5, max_age=None, poll_interval=0.001),
    call(wait_for_metric, job_id=ID, metric="lag", threshold=5.0, vertex=None, poll_interval=0.001),
    call(wait_for_parallelism, job_id=ID, parallelism={VERTEX: 2}, poll_interval=0.001),
    call(wait_for_program, program_id=ID, job_id=ID, job_ids=[ID], until="finished", poll_interval=0.001),
    call(wait_for_restarted, job_id=ID, savepoint_path=None, poll_interval=0.001),
    call(follow_savepoint, job_id=ID, poll_interval=0.001, **OPERATION_ARGUMENTS),
    call(follow_stop, job_id=ID, poll_interval=0.001, **OPERATION_ARGUMENTS),
    call(follow_checkpoint, job_id=ID, poll_interval=0.001, **OPERATION_ARGUMENTS),
    call(
        follow_disposal,
        path="file:/savepoints/1",
        operation_id=OPERATION,
        again=False,
        missing_ok=False,
        poll_interval=0.001,
    ),
]
DLI_CALLS = [
    call(follow_dli_savepoint, job_id=dli.JOB, folder="bucket/f", poll_interval=0.001),
    call(follow_dli_stop, job_id=dli.JOB, trigger_savepoint=True, before=None, poll_interval=0.001),
    call(wait_for_dli_checkpoint, job_id=dli.JOB, path="bucket/f", kind="savepoint", poll_interval=0.001),
]
ALL = CALLS + DLI_CALLS


def test_all_flows_are_here() -> None:
    assert {each.flow for each in ALL} == _MODULES.keys()
    assert len(ALL) == len(_MODULES)


def well() -> Script:
    script = Script().jobs(row("RUNNING"), row("RUNNING"), row("FINISHED"))
    script.on(CHECKPOINTS, history(), history(savepoint(1))).on(STATUS, IN_PROGRESS, made())
    script.on(DETAIL, detail("RUNNING", "Count"))
    script.on(CHECKPOINT_STATUS, IN_PROGRESS, checkpointed(1)).on(DISPOSAL, IN_PROGRESS, DISPOSED)
    return script.on("GET /jobs/:id/metrics?get=lag", [], [{"id": "lag", "value": "7"}])


def badly() -> Script:
    script = well().jobs(row("RUNNING"), GONE).on(STATUS, IN_PROGRESS, made())
    return script.on(CHECKPOINT_STATUS, broken("Disk full")).on(DISPOSAL, broken("Disk full"))


def well_on_dli() -> dli.Script:
    ending, ended = dli.seen("job_canceling"), dli.seen("job_cancel_success", savepoint_path="bucket/f/s")
    return dli.Script(Store((), (Found("bucket/f/s", 1.5),))).jobs(ending, ending, ending, ended)


def badly_on_dli() -> dli.Script:
    return dli.Script(Store(())).jobs(dli.seen("job_canceling"), dli.NO_JOB)


WRITERS: dict[tuple[bool, str], Callable[[], Script]] = {
    (False, "well"): well,
    (False, "badly"): badly,
    (True, "well"): well_on_dli,
    (True, "badly"): badly_on_dli,
}


def outcome_of(run: Callable[[], Any]) -> dict[str, Any]:
    try:
        result = succeeded(run())
    except JobError as error:
        result = failed(error)
    result["members"].pop("at", None)
    return result


def run_in_triggerer(script: Script, call: Call) -> Any:
    class Sender:
        async def send(self, request: Any) -> Any:
            return script.send(request)

    return asyncio.run(AsyncDriver(Sender(), script.told.append).run(call.on(script.backend)))


@pytest.mark.parametrize("end", ["well", "badly"])
@pytest.mark.parametrize("call", ALL, ids=lambda call: call.flow)
def test_both_drivers_do_the_same(call: Call, end: str) -> None:
    write = WRITERS[call in DLI_CALLS, end]
    worker, triggerer = write(), write()
    outcome = outcome_of(lambda: worker.run(call.on(worker.backend)))
    assert call not in DLI_CALLS or ("result" in outcome) == (end == "well")
    assert outcome_of(lambda: run_in_triggerer(triggerer, call)) == outcome
    assert (triggerer.sent, triggerer.told) == (worker.sent, worker.told)


@pytest.mark.parametrize("call", ALL, ids=lambda call: call.flow)
def test_a_call_survives_json(call: Call) -> None:
    assert Call(call.flow, json.loads(json.dumps(dict(call.arguments)))) == call
    module = import_module(f"airflow_provider_dli.jobs.{_MODULES[call.flow]}")
    inspect.signature(getattr(module, call.flow)).bind(None, **call.arguments)


def test_an_unknown_flow_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no flow 'resolve'; there are: follow_checkpoint, "):
        Call("resolve", {})
