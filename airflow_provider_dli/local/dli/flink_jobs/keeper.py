"""The thread that takes all jobs further."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.local.dli.flink import FlinkRunner, FlinkTroubleError
from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs
from airflow_provider_dli.local.dli.flink_jobs.life import Life
from airflow_provider_dli.local.dli.flink_jobs.orphans import Orphans
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_LOG: Final = logging.getLogger(__name__)
#: Seconds between two looks.
_LOOK_EVERY: Final = 0.1
#: So often a step of a job may fail in a way that nobody has foreseen.
_MOST_FAILURES: Final = 5
#: So many jobs are submitted, or asked about, at once.
_AT_ONCE: Final = 8


class Keeper:
    """Takes all jobs further, for as long as the emulator runs. What it knows stands in the store.

    :param services: what every group is given.
    :param address: where the Flink's REST API is.
    """

    def __init__(self, services: Services, address: str) -> None:
        self._runner = FlinkRunner(address)
        self._jobs = FlinkJobs(services)
        self._orphans = Orphans(services)
        self._life = Life(services, self._runner)
        self._over = threading.Event()
        self._busy: set[int] = set()
        self._failures: Counter[int] = Counter()
        self._pool = ThreadPoolExecutor(_AT_ONCE, "flink-job")
        self._thread = threading.Thread(target=self._keep, name="flink-jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the steps that are under way."""
        self._over.set()
        self._thread.join()
        self._pool.shutdown()

    def _keep(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            try:
                self._look()
            except FlinkTroubleError as error:
                _LOG.warning("The Flink is not to be had, its jobs wait: %s", error)
            except Exception:
                _LOG.exception("The Flink jobs could not be looked after; they are looked after again.")

    def _look(self) -> None:
        # Who is busy is asked first, the Flink last: no job is judged by what was so before its last step.
        busy = frozenset(self._busy)
        active = [job for job in self._jobs.active() if job["job_id"] not in busy]
        orphans = self._orphans.ids()
        if not active and not orphans:
            return
        seen = self._runner.jobs()
        self._orphans.cancel(self._runner, seen)
        for job in active:
            self._busy.add(job["job_id"])
            self._pool.submit(self._step, job, seen)

    def _step(self, job: Document, seen: Mapping[str, Job]) -> None:
        try:
            self._life.step(job, seen)
            self._failures.pop(job["job_id"], None)
        except FlinkTroubleError as error:
            _LOG.warning("Flink job %s waits: %s", job["job_id"], error)
        except Exception as error:
            self._failed(job, error)
        finally:
            self._busy.discard(job["job_id"])

    def _failed(self, job: Document, error: Exception) -> None:
        """Count the failures of a step; give the job up after some of them, or its log would grow without end."""
        number = job["job_id"]
        self._failures[number] += 1
        if self._failures[number] < _MOST_FAILURES:
            _LOG.exception("Flink job %s could not be taken further; that is tried again.", number)
            return
        del self._failures[number]
        _LOG.error("Flink job %s could not be taken further %d times; it is given up.", number, _MOST_FAILURES)
        self._life.give_up(job, f"{type(error).__name__}: {error}")


def lifespan_of(services: Services) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return what keeps the jobs for as long as an application runs, where there is a Flink.

    :param services: what every group is given.
    """

    @asynccontextmanager
    async def kept(_: Any) -> AsyncIterator[None]:
        keeper = Keeper(services, services.settings.flink) if services.settings.flink else None
        if keeper:
            keeper.start()
        yield
        if keeper:
            keeper.stop()

    return kept
