"""What operators on DLI are asked to do, and what must be there once they have done it."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from tests.crash.back_ends import DLI, dli_jobs
from tests.crash.cases import Case, Conf, nothing
from tests.crash.counting import count_after_success
from tests.crash.experiment import OnTheWire, Result
from tests.crash.lane import Lane, Outcome
from tests.crash.tally import Tally
from tests.dli_project import BUCKET
from tests.network.faults import Fault
from tests.network.wire import Exchange

BATCHES, STATEMENTS = "/v2.0/{project_id}/batches", "/v1.0/{project_id}/jobs"
# What stands in for a Spark program.
_PROGRAM = "import time\nprint('begun')\ntime.sleep(2)\n"


def _a_definition(lane: Lane, name: str) -> Conf:
    """A job that does not run."""
    return {"name": name, "job_id": lane.stage.project.create(name, **_streaming(name))}


def _a_job(lane: Lane, name: str) -> Conf:
    return {"name": name, "job_id": lane.stage.project.running(name, **_streaming(name))}


def a_slow_job(lane: Lane, name: str) -> Conf:
    """A job that runs, and takes seconds for each savepoint."""
    streaming = _streaming(name)
    slow = {**streaming, "entrypoint_args": f"{streaming['entrypoint_args']} --slow-snapshot 8000"}
    return {"name": name, "job_id": lane.stage.project.running(name, **slow)}


def statements_of(lane: Lane, name: str) -> dict[str, str]:
    """Return the states of the statements that hold a name, by id."""
    pattern = quote(f"'{name}'")
    found = lane.stage.project.call("GET", f"{STATEMENTS}?sql_pattern={pattern}")["jobs"]
    return {job["job_id"]: job["status"] for job in found}


def _a_savepoint(lane: Lane, name: str) -> Conf:
    """A job that does not run, and a savepoint; the emulator reads that only when a job starts from it."""
    path = f"{BUCKET}/others/{name}"
    lane.stage.project.put(f"{path}/_metadata", "")
    return {**_a_definition(lane, name), "path": path}


def _a_program(lane: Lane, name: str) -> Conf:
    return {"name": name, "path": lane.stage.project.put(f"jars/{name}.py", _PROGRAM)}


def _streaming(name: str) -> dict[str, str]:
    arguments = f"--rate 50 --checkpoint-interval 0 --name {name}"
    return {"main_class": STREAMING_COUNT, "entrypoint_args": arguments}


def _tally(lane: Lane, conf: Conf, outcome: Outcome, runs: int, savepoints: int = 0, jobs: int = 1) -> Tally:
    """Count what there is under an experiment's name: jobs on DLI, their runs on Flink, and savepoints."""
    tally = count_after_success(DLI, lane, conf, outcome, jobs=runs, savepoints=savepoints)
    defined = len(dli_jobs(lane, conf["name"]))
    tally.expect(defined == jobs, f"jobs on DLI: {defined}, not {jobs}")
    return tally


def _stands(status: str, lane: Lane, conf: Conf, outcome: Outcome, *, savepoints: int = 0, runs: int = 1) -> Tally:
    """Count, and look how the job is, and whether a path that was returned holds a savepoint."""
    tally = _tally(lane, conf, outcome, runs, savepoints)
    seen = dli_jobs(lane, conf["name"])
    tally.expect_states(seen.values(), [status])
    if savepoints:
        path = str(outcome.result)
        tally.expect(lane.stage.project.is_complete(path), f"there is no savepoint {path}")
    else:
        tally.expect(outcome.xcoms["job_id"] in seen, "another job's id was pushed")
    return tally


def _imported(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _stands("job_init", lane, conf, outcome, runs=0)
    has = lane.stage.project.detail(conf["job_id"])["savepoint_path"]
    tally.expect(has == conf["path"] == outcome.result, f"the job starts from {has}, and {outcome.result} was returned")
    return tally


def _deleted(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    return _tally(lane, conf, outcome, runs=0, jobs=0)


def _spark_ran(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    begin = f"{conf['name']}-"
    found = lane.stage.project.call("GET", f"{BATCHES}?size=1000")["sessions"]
    own = {batch["id"]: batch["state"] for batch in found if (batch["name"] or "").startswith(begin)}
    return _one_of_its_own(own, {"success"}, outcome.result, outcome)


def _queried(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    own = statements_of(lane, conf["name"])
    tally = _one_of_its_own(own, {"FINISHED"}, outcome.xcoms["job_id"], outcome)
    tally.expect(outcome.result == [{"told": conf["name"]}], f"the rows are {outcome.result}")
    return tally


def _one_of_its_own(own: dict[str, str], ends: set[str], told: Any, outcome: Outcome) -> Tally:
    tally = Tally(len(own), 1)
    tally.expect_end(outcome.state, "success")
    tally.expect(own.get(told) in ends, f"{told} was told; there are {own}")
    return tally


_on_dli = partial(Case, on=DLI)

_RUNS = partial(_stands, "job_running")
_FINISHED = partial(_stands, "job_finish")
_SAVED = partial(_stands, "job_running", savepoints=1)
_STOPPED = partial(_stands, "job_cancel_success", savepoints=1)

DLI_CASES = (
    _on_dli("dli_run_stream", "DliFlinkJarJobOperator, until it runs", nothing, _RUNS),
    _on_dli("dli_run_batch", "DliFlinkJarJobOperator, until it has finished", nothing, _FINISHED),
    _on_dli("dli_run_sql", "DliFlinkSqlJobOperator", nothing, _RUNS),
    _on_dli("dli_run_again", "DliRunFlinkJobOperator", _a_definition, _RUNS),
    _on_dli("dli_savepoint", "DliTriggerSavepointOperator", _a_job, _SAVED),
    _on_dli("dli_stop", "DliStopFlinkJobOperator", _a_job, _STOPPED),
    _on_dli("dli_spark", "DliSparkBatchOperator", _a_program, _spark_ran),
    _on_dli("dli_sql", "DliSqlOperator", nothing, _queried),
    _on_dli("dli_import", "DliImportSavepointOperator", _a_savepoint, _imported, defers=False),
    _on_dli("dli_delete", "DliDeleteFlinkJobOperator", _a_definition, _deleted, defers=False),
)
#: Those whose credentials end: an IAM user's token, and an agency's temporary keys.
EXPIRING_CASES = (
    _on_dli("dli_run_batch_by_token", "DliFlinkJarJobOperator, by a token", nothing, _FINISHED),
    _on_dli("dli_stop_by_agency", "DliStopFlinkJobOperator, by temporary keys", _a_job, _STOPPED),
)

_expiring = threading.Semaphore()
# Seconds in which a client has fetched new credentials, and used them.
_ASKS_AGAIN_WITHIN = 1.0


def _expire(exchange: Exchange) -> None:
    """End all tokens and temporary keys, those of other lanes as well, and then pass the request on."""
    # What ends again before it could be used is more than a client has to bear.
    _expiring.acquire()
    threading.Timer(_ASKS_AGAIN_WITHIN, _expiring.release).start()
    emulator = f"http://127.0.0.1:{exchange.server.upstream}/_emulator/faults"
    httpx.post(emulator, json={"expire_token": True}, trust_env=False).raise_for_status()
    exchange.pass_on()


EXPIRED = Fault("token and temporary keys end before the request", _expire)


def with_expiries(plain: OnTheWire, learned: Result) -> list[OnTheWire]:
    """The end of its credentials, at each request.

    :param plain: the run without a fault.
    :param learned: what came of it.
    """
    return [OnTheWire(plain.case, plain.kind, step, EXPIRED) for step in learned.steps]
