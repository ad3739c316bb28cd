"""What the demo claims, and whether it held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from airflow_provider_dli.jobs.model import JobState
from airflow_provider_dli.local.demo.outcome import Outcome
from airflow_provider_dli.local.demo.plan import (
    BOUNDED,
    DAGS,
    MEASURED,
    RESTARTED,
    SAVERS,
    STARTERS,
    STOPPED,
    STREAM_ON_DLI,
)


@dataclass(frozen=True)
class Claim:
    """One claim.

    :param says: what is claimed.
    :param troubles: all that speaks against it.
    """

    says: str
    troubles: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.troubles


def check(outcome: Outcome) -> tuple[Claim, ...]:
    """Hold all claims against what came of it."""
    return tuple(Claim(says, tuple(troubles(outcome))) for says, troubles in _CLAIMS.items())


def _failed_tasks(outcome: Outcome) -> Iterator[str]:
    states = {seen.run.dag_id: seen.run.state for seen in outcome.scene.runs}
    for dag_id in DAGS:
        if states.get(dag_id) != "success":
            yield f"{dag_id} is {states.get(dag_id, 'not run')}"
    for name, task in outcome.scene.tasks():
        if task.state != "success":
            yield f"{name} is {task.state or 'not run'}"


def _bounded_job_not_finished(outcome: Outcome) -> Iterator[str]:
    seen = outcome.job_of(BOUNDED)
    if seen is None or seen.job.state is not JobState.FINISHED:
        yield f"the job of {BOUNDED} is {seen.job.status if seen else 'not there'}"


def _metric_below_threshold(outcome: Outcome) -> Iterator[str]:
    value, task = outcome.results.get(MEASURED), outcome.instance(MEASURED)
    threshold = task.rendered.get("threshold") if task else None
    if value is None or threshold is None or not float(value) >= float(threshold):
        yield f"{MEASURED} returned {value}, its threshold is {threshold}"


def _missing_savepoints(outcome: Outcome) -> Iterator[str]:
    for task in SAVERS:
        files = outcome.savepoints.get(task)
        if files is None:
            yield f"{task} returned no savepoint"
        elif files.size is None:
            yield f"there is nothing at {files.path}, which {task} returned"
        elif not files.has_metadata:
            yield f"there is no _metadata in {files.path}, which {task} returned"


def _lost_state(outcome: Outcome) -> Iterator[str]:
    stopped, restarted = outcome.job_of(STOPPED), outcome.job_of(RESTARTED)
    counted = stopped.records if stopped else 0
    restored = (restarted.restored if restarted else None) or 0
    if restored < max(counted, 1):
        yield f"the job of {RESTARTED} began with {restored:,} records; that of {STOPPED} had counted {counted:,}"


def _wrong_jobs(outcome: Outcome) -> Iterator[str]:
    if len(outcome.scene.jobs) != len(STARTERS):
        yield f"Flink has {len(outcome.scene.jobs)} jobs"
    for task in STARTERS:
        if outcome.job_of(task) is None:
            yield f"the job of {task} is not there"
    wanted = [outcome.job_of(task) for task in STARTERS]
    for seen in outcome.scene.jobs:
        if seen not in wanted:
            yield f"{seen.job}, and belongs to no task"


def _not_run_and_stopped_on_dli(outcome: Outcome) -> Iterator[str]:
    stream, on_flink = outcome.on_dli, outcome.job_of(STREAM_ON_DLI)
    if stream is None:
        yield "DLI has no stream"
        return
    if stream.status != "job_cancel_success":
        yield f"DLI says of {stream.name} ({stream.job_id}) that it is {stream.status}"
    if stream.runs != 1:
        yield f"DLI was asked {stream.runs} times to run a job"
    # A job that is stopped with a savepoint has finished; one that is cancelled has not.
    if on_flink is None or on_flink.job.state is not JobState.FINISHED:
        yield f"on Flink it is {on_flink.job.status if on_flink else 'not there'}"


_CLAIMS: Final[dict[str, Callable[[Outcome], Iterator[str]]]] = {
    "Every task succeeded.": _failed_tasks,
    "The bounded job finished.": _bounded_job_not_finished,
    "A metric was held against its threshold.": _metric_below_threshold,
    "Every savepoint is on the disk, with its metadata.": _missing_savepoints,
    "The restarted job went on where the stopped one had ended.": _lost_state,
    "DLI ran its stream once, and stopped it with a savepoint.": _not_run_and_stopped_on_dli,
    f"Exactly {len(STARTERS)} jobs were started, one for each task that starts one.": _wrong_jobs,
}
