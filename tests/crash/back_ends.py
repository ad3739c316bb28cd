"""Flink and DLI, as the experiments look at them: what there is under an experiment's name, and how that is.

A run of a job on DLI is a job on the Flink behind the emulator, which bears the same name as the job on DLI itself: how
many jobs were started is always seen on Flink.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from airflow_provider_dli.jobs.end import CANCEL, DETACH, STOP_WITH_SAVEPOINT
from tests.cluster import ENDED
from tests.crash.lane import Lane
from tests.dli_project import BUCKET, JOBS
from tests.network.wire import Wire

#: What is tried of ``on_kill``: without retries, ``cancel_unless_retried`` is ``cancel``.
ON_KILL = (DETACH, CANCEL, STOP_WITH_SAVEPOINT)


@dataclass(frozen=True)
class BackEnd:
    """A back end.

    :param operator: the class that starts a jar's job there.
    :param prefix: what the names of its DAGs begin with.
    :param wires: what a lane's tasks speak through to it.
    :param jobs: the states of the jobs of a name, in its own words, by id.
    :param savepoints: the paths of the savepoints that were made of the jobs of a name.
    :param end_all: ends the jobs of a name.
    :param leaves: what becomes of a job by ``on_kill``, in its own words.
    """

    operator: str
    prefix: str
    wires: Callable[[Lane], Sequence[Wire]]
    jobs: Callable[[Lane, str], Mapping[str, str]]
    savepoints: Callable[[Lane, str], list[str]]
    end_all: Callable[[Lane, str], None]
    leaves: Mapping[str, str]


def flink_jobs(lane: Lane, name: str) -> dict[str, str]:
    """Return the states of the jobs of a name on Flink, by id; a program with several jobs numbers them."""
    jobs = lane.stage.cluster.jobs().items()
    return {job_id: job["state"] for job_id, job in jobs if job["name"].partition(" ")[0] == name}


def alive(lane: Lane, name: str) -> list[str]:
    """Return the ids of the jobs of a name on Flink that have not ended."""
    return [job_id for job_id, state in flink_jobs(lane, name).items() if state not in ENDED]


def dli_jobs(lane: Lane, name: str) -> dict[str, str]:
    """Return the states of the jobs of a name on DLI, by id."""
    project = lane.stage.project
    listed = project.call("GET", f"{JOBS}?limit=100&name={name}")["job_list"]["jobs"]
    ids = [str(job["job_id"]) for job in listed if job["name"] == name]
    return {job_id: project.status(job_id) for job_id in ids}


def _savepoints_on_flink(lane: Lane, name: str) -> list[str]:
    return [path for job_id in flink_jobs(lane, name) for path in lane.stage.cluster.savepoints_of(job_id)]


def _savepoints_on_dli(lane: Lane, name: str) -> list[str]:
    """Those that were made by themselves, and those of stops."""
    project = lane.stage.project
    folders = [project.obs(f"{BUCKET}/backups/{name}")]
    folders.extend(project.obs(f"{BUCKET}/jobs/savepoint/{job_id}") for job_id in dli_jobs(lane, name))
    made = (proof.parent for folder in folders for proof in folder.rglob("_metadata"))
    return [str(path.relative_to(project.obs(""))) for path in made]


def _end_all_on_flink(lane: Lane, name: str) -> None:
    for job_id in alive(lane, name):
        lane.stage.cluster.cancel(job_id)


def _end_all_on_dli(lane: Lane, name: str) -> None:
    """Delete them, which ends them."""
    for job_id in dli_jobs(lane, name):
        lane.stage.project.call("DELETE", f"{JOBS}/{job_id}")
    _end_all_on_flink(lane, name)


FLINK = BackEnd(
    "FlinkRunJarOperator",
    "",
    lambda lane: [lane.wire],
    flink_jobs,
    _savepoints_on_flink,
    _end_all_on_flink,
    {DETACH: "RUNNING", CANCEL: "CANCELED", STOP_WITH_SAVEPOINT: "FINISHED"},
)
#: With a SQL Gateway before it.
FLINK_BY_SQL = replace(FLINK, wires=lambda lane: [lane.wire, lane.sql_wire])
DLI = BackEnd(
    "DliFlinkJarJobOperator",
    "dli_",
    lambda lane: [lane.dli_wire],
    dli_jobs,
    _savepoints_on_dli,
    _end_all_on_dli,
    {DETACH: "job_running", CANCEL: "job_cancel_success", STOP_WITH_SAVEPOINT: "job_cancel_success"},
)
