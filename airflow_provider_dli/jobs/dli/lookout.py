"""Lookups of many Flink jobs of DLI: one by one, or through its list, whichever takes fewer requests."""

from __future__ import annotations

import time
from math import ceil
from typing import Final

from airflow_provider_dli.dli.endpoints import flink_jobs
from airflow_provider_dli.dli.endpoints.flink_job import Job as Seen
from airflow_provider_dli.dli.gate import Dated, Gate, dated
from airflow_provider_dli.jobs.dli.states import RUNNING_EXCEPTION
from airflow_provider_dli.rest.errors import NotFound
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Clock

PAGE: Final = 100
# Seconds after which a job that was looked at is no longer one that is watched.
_WATCHED_FOR: Final = 60.0


class Lookout:
    """Looks at Flink jobs. Where many are watched at once, all looks ask for the same pages, and share the answers.

    :param gate: knows the project.
    :param clock: seconds, from any moment on.
    """

    def __init__(self, gate: Gate, clock: Clock = time.monotonic) -> None:
        self._gate = gate
        self._clock = clock
        self._looked: dict[str, float] = {}
        self._pages = 1

    def look(self, job_id: str) -> Flow[Dated[Seen] | None]:
        """Look up a job; None where DLI knows none with this id.

        :param job_id: its id.
        """
        self._note(job_id)
        # A job that is not on the list may be there all the same; and whether a failed one is to be restarted is one of
        # the things that the list may leave out.
        listed = (yield from self._listed(job_id)) if len(self._looked) > self._pages else None
        if listed and listed.value.status != RUNNING_EXCEPTION:
            return listed
        return (yield from self.detail(job_id))

    def detail(self, job_id: str) -> Flow[Dated[Seen] | None]:
        """Return the details of a job; None where DLI knows none with this id.

        :param job_id: its id.
        """
        try:
            response = yield from self._gate.ask(dated(flink_jobs.detail(job_id)))
        except NotFound:
            return None
        return Dated(response.value.job_detail, response.sent)

    def _note(self, job_id: str) -> None:
        now = self._clock()
        self._looked = {each: at for each, at in self._looked.items() if now - at < _WATCHED_FOR} | {job_id: now}

    def _listed(self, job_id: str) -> Flow[Dated[Seen] | None]:
        """Search for a job on the pages of the list, the newest jobs first."""
        begin = 0
        while begin < self._pages * PAGE:
            request = flink_jobs.list_jobs(order="desc", limit=PAGE, offset=begin)
            response = yield from self._gate.ask(dated(request))
            page = response.value
            self._pages = max(1, ceil((page.job_list.total_count or 0) / PAGE))
            for job in page.jobs:
                if str(job.job_id) == job_id:
                    return Dated(job, response.sent)
            begin += PAGE
        return None
