"""Looking at what DLI was asked, and what became of it."""

from __future__ import annotations

from functools import partial
from typing import Final

from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.dli.credentials.sources import GivenKeys
from airflow_provider_dli.dli.credentials.values import Credentials
from airflow_provider_dli.dli.credentials.ways import Signed
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.dli.project import given
from airflow_provider_dli.local.demo.outcome import StreamOnDli
from airflow_provider_dli.local.demo.scene import Scene
from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.rest.errors import Refused
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target

_RUN: Final = "/streaming/jobs/run$"


class Project:
    """The project of a DLI emulator.

    :param dli: the emulator.
    """

    def __init__(self, dli: LocalDli) -> None:
        keys = GivenKeys(Credentials(dli.settings.access_key, dli.settings.secret_key))
        driver = Driver(Sender(Target((dli.address,), authentication=Signed(keys))), lambda sentence: None)
        #: Every operation of DLI, as methods.
        self.api = Dli(driver.run, Gate(partial(given, dli.settings.project_id)))
        self._dli = dli

    def stream(self, job_id: str) -> StreamOnDli:
        """Look at a stream.

        :param job_id: its id on DLI.
        """
        job = self.api.flink_jobs.detail(job_id).job_detail
        runs = len(self._dli.requests("POST", _RUN))
        return StreamOnDli(job_id, job.name or "", job.status or "", runs, self._dli.address)

    def flink_id(self, job_id: str) -> str | None:
        """Return the id that a stream has on Flink; None where it has none.

        :param job_id: its id on DLI.
        """
        try:
            graph = self.api.flink_jobs.execute_graph(job_id).execute_graph
        except Refused:
            return None
        return graph.jid if graph else None

    def named(self, scene: Scene, job_id: str | None) -> str | None:
        """Return the id that a SQL job has on Flink, where it is the one of a name.

        :param scene: what is seen.
        :param job_id: its id on DLI.
        """
        found = [seen.job.id for seen in scene.jobs if seen.job.name == f"sql-{job_id}"]
        return found[0] if len(found) == 1 else None

    def file(self, path: str) -> str:
        """Return where something lies on the disk.

        :param path: where it lies in OBS, ``bucket/key``; a path with a scheme is one of Flink's own, and stays.
        """
        return path if ":" in path else (self._dli.obs / path).as_uri()
