"""Waits of deferred sensors: for a job by its name, with pauses that grow, and on in spite of errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.look import newest_named, no_job_yet
from airflow_provider_dli.jobs.model import Watched
from airflow_provider_dli.jobs.outcome import as_job_error
from airflow_provider_dli.rest.flow import Flow, Pause, Step, intercept, pause
from airflow_provider_dli.rest.patience import WaitTimedOut

T = TypeVar("T")


def watch(
    backend: Backend,
    *,
    flow: str,
    arguments: Mapping[str, Any],
    poll_interval: float,
    job_id: str | None = None,
    job_name: str | None = None,
    backs_off: bool = False,
    max_wait: float | None = None,
    keeps_trying: bool = False,
) -> Flow[Watched]:
    """Run the wait of a sensor as Airflow's parameters of sensors require.

    :param backend: where the job runs.
    :param flow: the name of the flow that waits.
    :param arguments: its arguments, without the job's id.
    :param poll_interval: seconds of its pauses between two polls.
    :param job_id: the job, or
    :param job_name: its name; the job may come later.
    :param backs_off: whether each pause is twice as long as the one before.
    :param max_wait: seconds of the longest pause then; None for any length.
    :param keeps_trying: whether the wait is started again after an error that may be transient.
    """
    pauses = intervals(poll_interval, backs_off=backs_off, max_wait=max_wait)

    def waiting() -> Flow[Watched]:
        found = job_id or (yield from _wait_for_name(backend, job_name or "", poll_interval))
        return Watched(found, (yield from Call(flow, {**arguments, "job_id": found}).on(backend)))

    attempts = persistently(waiting, poll_interval) if keeps_trying else waiting()
    return (yield from _paced(attempts, poll_interval, pauses))


def persistently(attempt: Callable[[], Flow[T]], poll_interval: float) -> Flow[T]:
    """Run a flow, and again after each error that may be transient.

    :param attempt: returns the flow, from its beginning.
    :param poll_interval: seconds until it is run again.
    """
    while True:
        try:
            return (yield from attempt())
        except WaitTimedOut:
            raise
        except Exception as error:
            reason = as_job_error(error)
            if reason.hopeless:
                raise
        yield from pause(poll_interval, f"trying again after an error, as silent_fail is set: {reason}")


def intervals(poll_interval: float, *, backs_off: bool, max_wait: float | None) -> Iterator[float]:
    """Yield the seconds of pauses between polls.

    :param poll_interval: the first one.
    :param backs_off: whether each is twice as long as the one before.
    :param max_wait: the longest one.
    """
    seconds = poll_interval
    while True:
        yield seconds
        if backs_off:
            seconds = min(seconds * 2, max_wait or float("inf"), 86400.0 * 365)


def _wait_for_name(backend: Backend, job_name: str, poll_interval: float) -> Flow[str]:
    """Wait until there is a job of a name, and return its id."""
    seeing = ""
    while True:
        job = yield from newest_named(backend, job_name)
        if job:
            return job.id
        seeing = yield from no_job_yet(backend, job_name, seeing)
        yield from pause(poll_interval, seeing)


def _paced(flow: Flow[T], poll_interval: float, pauses: Iterator[float]) -> Flow[T]:
    """Give the pauses between polls another length."""

    def handle(step: Step) -> Flow[Any]:
        is_poll = isinstance(step, Pause) and not step.exact and step.seconds == poll_interval
        return (yield replace(step, seconds=next(pauses)) if isinstance(step, Pause) and is_poll else step)

    return intercept(flow, handle)
