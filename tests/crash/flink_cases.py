"""What operators on Flink are asked to do, and what must be there once they have done it."""

from __future__ import annotations

from pathlib import Path

from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from tests.cluster import ENDED, Cluster
from tests.crash.cases import Case, Conf
from tests.crash.lane import Lane, Outcome
from tests.crash.tally import Tally


def named(cluster: Cluster, name: str) -> dict[str, str]:
    """The states of the jobs of a name, by id."""
    return {job_id: job["state"] for job_id, job in cluster.jobs().items() if job["name"] == name}


def end_all(lane: Lane, conf: Conf) -> None:
    """End what an experiment has left running."""
    for job_id, state in named(lane.stage.cluster, conf["name"]).items():
        if state not in ENDED:
            lane.stage.cluster.cancel(job_id)


def nothing(lane: Lane, name: str) -> Conf:
    """Prepare nothing but the name."""
    return {"name": name}


def _a_job(lane: Lane, name: str) -> Conf:
    job_id = lane.stage.cluster.running(STREAMING_COUNT, "--rate", "50", "--checkpoint-interval", "0", "--name", name)
    return {"name": name, "job_id": job_id}


def _a_savepoint(lane: Lane, name: str) -> Conf:
    conf = _a_job(lane, name)
    made = lane.stage.cluster.savepoint(conf["job_id"])
    return {**conf, "path": made["location"]}


def _a_jar(lane: Lane, name: str) -> Conf:
    return {"name": name, "jar": lane.stage.cluster.upload(f"{name}.jar")}


def _tally(lane: Lane, conf: Conf, outcome: Outcome, jobs: int, savepoints: int = 0) -> Tally:
    """Count what there is under an experiment's name."""
    cluster = lane.stage.cluster
    ids = named(cluster, conf["name"])
    made = [path for job_id in ids for path in cluster.savepoints_of(job_id)]
    lost = [path for path in made if path not in (*outcome.xcoms.values(), conf.get("path"))]
    tally = Tally(len(ids), jobs, len(made), savepoints, lost, hangs=outcome.state == "hangs")
    tally.expect(outcome.state == "success", f"the run is {outcome.state}")
    return tally


def runs(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    """Count one job, and look whether it runs, and whether its id was returned."""
    tally = _tally(lane, conf, outcome, jobs=1)
    tally.expect(named(lane.stage.cluster, conf["name"]).get(outcome.result) == "RUNNING", "the job does not run")
    return tally


def _finished(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=1)
    tally.expect(named(lane.stage.cluster, conf["name"]).get(outcome.result) == "FINISHED", "the job has not finished")
    return tally


def _has_savepoint(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=1, savepoints=1)
    tally.expect(lane.stage.cluster.status(conf["job_id"]) == "RUNNING", "the job does not go on")
    tally.expect(_lies_there(outcome.result), f"there is no savepoint {outcome.result}")
    return tally


def _stopped(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=1, savepoints=1)
    tally.expect(lane.stage.cluster.status(conf["job_id"]) == "FINISHED", "the job was not stopped")
    tally.expect(_lies_there(outcome.result), f"there is no savepoint {outcome.result}")
    return tally


def _canceled(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = _tally(lane, conf, outcome, jobs=1)
    tally.expect(lane.stage.cluster.status(conf["job_id"]) == "CANCELED", "the job was not cancelled")
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
    alive = [job_id for job_id, state in named(lane.stage.cluster, conf["name"]).items() if state == "RUNNING"]
    tally.expect(alive == [outcome.result], f"{alive} run, and not only {outcome.result}")
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
    Case("run_stream", "FlinkRunJarOperator, until it runs", nothing, runs, end_all),
    Case("run_batch", "FlinkRunJarOperator, until it has finished", nothing, _finished, end_all),
    Case("savepoint", "FlinkTriggerSavepointOperator", _a_job, _has_savepoint, end_all),
    Case("stop", "FlinkStopJobOperator", _a_job, _stopped, end_all),
    Case("cancel", "FlinkCancelJobOperator", _a_job, _canceled, end_all),
    Case("checkpoint", "FlinkTriggerCheckpointOperator", _a_job, _has_checkpoint, end_all),
    Case("dispose", "FlinkDisposeSavepointOperator", _a_savepoint, _disposed, end_all),
    Case("rescale", "FlinkRescaleJobOperator, by a restart", _a_job, _rescaled, end_all),
    Case("upload_jar", "FlinkUploadJarOperator", nothing, _uploaded, end_all, defers=False),
    Case("delete_jar", "FlinkDeleteJarOperator", _a_jar, _deleted, end_all, defers=False),
)

#: What the experiments must find fault with: an operator without an identity.
NAIVE = Case("naive", "an operator that only posts", nothing, runs, end_all, defers=False)
