"""DLI's Spark batches. Creating one starts it; it is known by its name, to which the task instance's mark is added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_dli.dli.endpoints import spark_batches
from airflow_provider_dli.dli.endpoints.spark_batches import Batch
from airflow_provider_dli.dli.gate import dated
from airflow_provider_dli.dli.paging import every
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.answers import age, seconds
from airflow_provider_dli.jobs.dli.once import send_or_attach
from airflow_provider_dli.jobs.dli.settings import check_settings
from airflow_provider_dli.jobs.dli.states import SPARK
from airflow_provider_dli.jobs.dli.without_state import WithoutState
from airflow_provider_dli.jobs.model import Failure, Job, JobState
from airflow_provider_dli.rest.errors import NotFound, Refused
from airflow_provider_dli.rest.flow import Flow

_PAGE = 100
_LONGEST_NAME = 128
_MARK = 16


class SparkBackend(WithoutState):
    """The Spark batches of a project on DLI."""

    jobs_are = "Spark batches"

    def find(self, job_id: str) -> Flow[Job | None]:
        """Look at a batch; None when DLI knows none with this id."""
        try:
            found = yield from self.gate.ask(dated(spark_batches.detail(job_id)))
        except NotFound:
            return None
        return _job(found.value, found.sent)

    def all_jobs(self) -> Flow[Mapping[str, Job]]:
        """Look at all batches of the project."""
        return {batch.id: batch for batch in (yield from self._listed())}

    def jobs_named(self, name: str) -> Flow[Sequence[Job]]:
        """Look at the batches of a name."""
        return [batch for batch in (yield from self._listed(name)) if batch.name == name]

    def named(self, name: str) -> Flow[Job | None]:
        """Look for the newest batch of a name; None where there is none."""
        return max((yield from self.jobs_named(name)), key=lambda job: job.started or 0.0, default=None)

    def cancel(self, job_id: str) -> Flow[None]:
        """Cancel a batch; DLI refuses that where it has ended."""
        try:
            yield from self.gate.ask(spark_batches.cancel(job_id))
        except Refused:
            job = yield from self.find(job_id)
            if job and not job.has_ended:
                raise

    def failure(self, job_id: str) -> Flow[Failure]:
        """Return what failed in a batch: DLI has only the end of its log."""
        lines = [line.strip() for line in (yield from self.gate.ask(spark_batches.log(job_id))).log or ()]
        last = next((line for line in reversed(lines) if line), "")
        return Failure(last or "DLI has no log of it; it may have been cancelled")

    def _listed(self, name: str | None = None) -> Flow[list[Job]]:
        return every(
            self.gate.ask,
            lambda begin: dated(spark_batches.list_batches(job_name=name, from_=begin, size=_PAGE)),
            lambda page: [_job(batch, page.sent) for batch in page.value.sessions or ()],
            _PAGE,
        )


def start_batch(backend: SparkBackend, *, name: str, attempt: Attempt, batch: Mapping[str, Any]) -> Flow[str]:
    """Start a Spark batch, or find the one that an earlier try has started; return its id.

    :param backend: where it runs.
    :param name: its name, to which a mark is added.
    :param attempt: this try; its ids are the marks.
    :param batch: the other arguments of the endpoint that creates it.
    """
    check_settings(spark_batches.create, batch)

    def send(mark: str) -> Flow[str]:
        return (yield from backend.gate.ask(spark_batches.create(name=_marked(name, mark), **batch))).id

    def find(mark: str) -> Flow[Job | None]:
        return backend.named(_marked(name, mark))

    return (yield from send_or_attach(attempt, find, backend.find, send))


def _marked(name: str, mark: str) -> str:
    return f"{name[: _LONGEST_NAME - _MARK - 1]}-{mark[:_MARK]}"


def _job(batch: Batch, sent: float | None) -> Job:
    status = (batch.state or "").lower()
    state = SPARK.get(status, JobState.UNKNOWN)
    return Job(
        batch.id,
        batch.name or "",
        state,
        status,
        started=seconds(batch.create_time),
        age=age(batch.create_time, sent),
        is_known_status=state is not JobState.UNKNOWN,
    )
