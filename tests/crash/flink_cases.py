"""What operators on Flink are asked to do, and what must be there once they have done it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from tests.crash.back_ends import FLINK, flink_jobs
from tests.crash.cases import Case, Conf, nothing
from tests.crash.counting import count_after_success
from tests.crash.lane import Lane, Outcome
from tests.crash.tally import Tally


def _a_job(lane: Lane, name: str) -> Conf:
    job_id = lane.stage.cluster.running(STREAMING_COUNT, "--rate", "50", "--checkpoint-interval", "0", "--name", name)
    return {"name": name, "job_id": job_id}


def _a_savepoint(lane: Lane, name: str) -> Conf:
    conf = _a_job(lane, name)
    made = lane.stage.cluster.savepoint(conf["job_id"])
    return {**conf, "path": made["location"]}


def _a_jar(lane: Lane, name: str) -> Conf:
    return {"name": name, "jar": lane.stage.cluster.upload(f"{name}.jar")}


_tally = partial(count_after_success, FLINK)


def runs(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    """Count one job, and check that it runs, and that its id was returned."""
    return _one_job(lane, conf, outcome, "RUNNING")


def _finished(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    return _one_job(lane, conf, outcome, "FINISHED")


def _one_job(lane: Lane, conf: Conf, outcome: Outcome, status: str) -> Tally:
    tally, jobs = _tally(lane, conf, outcome, jobs=1), flink_jobs(lane, conf["name"])
    # A second job is counted above.
    tally.expect_states(jobs.values(), [status] * len(jobs))
    tally.expect(outcome.result in jobs, f"the task returned {outcome.result}")
    return tally


def _has_savepoint(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=1, savepoints=1)
    tally.expect_states(flink_jobs(lane, conf["name"]).values(), ["RUNNING"])
    tally.expect(_lies_there(outcome.result), f"there is no savepoint {outcome.result}")
    return tally


def _stopped(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=1, savepoints=1)
    tally.expect_states(flink_jobs(lane, conf["name"]).values(), ["FINISHED"])
    tally.expect(_lies_there(outcome.result), f"there is no savepoint {outcome.result}")
    return tally


def _canceled(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=1)
    tally.expect_states(flink_jobs(lane, conf["name"]).values(), ["CANCELED"])
    return tally


def _has_checkpoint(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=1)
    made = lane.stage.cluster.completed_checkpoints(conf["job_id"])
    tally.expect(made == 1, f"checkpoints made: {made}, not 1")
    return tally


def _disposed(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=1)
    tally.expect(not _lies_there(conf["path"]), "the savepoint was not deleted")
    return tally


def _rescaled(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=2, savepoints=1)
    alive = [job_id for job_id, state in flink_jobs(lane, conf["name"]).items() if state == "RUNNING"]
    tally.expect(alive == [outcome.result], f"{alive} run, and not only {outcome.result}")
    tally.expect_states(flink_jobs(lane, conf["name"]).values(), ["FINISHED", "RUNNING"])
    return tally


def _rescaled_in_place(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = runs(lane, conf, outcome)
    vertices = lane.stage.cluster.get(f"/jobs/{conf['job_id']}")["vertices"]
    seen = {vertex["parallelism"] for vertex in vertices}
    tally.expect(seen == {2}, f"the job has the parallelisms {seen}")
    return tally


def _uploaded(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=0)
    tally.expect(outcome.result in lane.stage.cluster.jars(), "the jar is not there")
    return tally


def _deleted(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=0)
    tally.expect(conf["jar"] not in lane.stage.cluster.jars(), "the jar is still there")
    return tally


def _lies_there(path: str | None) -> bool:
    return bool(path) and (Path(str(path).removeprefix("file:")) / "_metadata").is_file()


CASES = (
    Case("run_stream", "FlinkRunJarOperator, until it runs", nothing, runs),
    Case("run_batch", "FlinkRunJarOperator, until it has finished", nothing, _finished),
    Case("savepoint", "FlinkTriggerSavepointOperator", _a_job, _has_savepoint),
    Case("stop", "FlinkStopJobOperator", _a_job, _stopped),
    Case("cancel", "FlinkCancelJobOperator", _a_job, _canceled),
    Case("checkpoint", "FlinkTriggerCheckpointOperator", _a_job, _has_checkpoint),
    Case("dispose", "FlinkDisposeSavepointOperator", _a_savepoint, _disposed),
    Case("rescale", "FlinkRescaleJobOperator, by a restart", _a_job, _rescaled),
    Case("upload_jar", "FlinkUploadJarOperator", nothing, _uploaded, defers=False),
    Case("delete_jar", "FlinkDeleteJarOperator", _a_jar, _deleted, defers=False),
)

#: What wants a Flink with the adaptive scheduler.
ADAPTIVE_CASES = (Case("rescale_in_place", "FlinkRescaleJobOperator, in place", _a_job, _rescaled_in_place),)
#: What the experiments must find fault with: an operator without an identity.
NAIVE = Case("naive", "an operator that only posts", nothing, runs, defers=False)
