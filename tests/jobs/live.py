"""A task instance on a real cluster, with the drivers and the patience of a worker."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from itertools import count
from types import TracebackType
from typing import Any, TypeVar

from airflow_provider_dli.flink.client import Flink
from airflow_provider_dli.flink.endpoints.jars import Jar
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.hooks.object_store import OpenedStore
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.cancel import cancel_job
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flink import FlinkBackend
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.model import Begun, Checkpoint, Job, Savepoint
from airflow_provider_dli.jobs.savepoint import begin_savepoint, find_lost_savepoint, follow_savepoint
from airflow_provider_dli.jobs.stop import begin_stop, find_lost_stop, follow_stop
from airflow_provider_dli.jobs.submit import submit_or_attach
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR, STREAMING_COUNT
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, patiently, within
from airflow_provider_dli.rest.request import FilePart
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target

T = TypeVar("T")
POLL = 0.1
PATIENCE = Patience(longest=1)
DEMO = FilePart("jarfile", "demo.jar", JAR.stat().st_size, lambda: JAR.open("rb"))
_runs = count()


class Live:
    """Runs flows on a cluster for one task instance.

    :param flink: the cluster.
    :param address: where it is spoken to, where not at its own address.
    :param read_timeout: seconds to wait for an answer.
    """

    def __init__(self, flink: LocalFlink, address: str = "", read_timeout: float = 60.0) -> None:
        self.flink = flink
        self.identity = Identity("dag", f"run {next(_runs)} at {time.time()}", "task")
        self.backend = FlinkBackend(flink.address)
        self.told: list[str] = []
        self.read_timeout = read_timeout
        self.directory: str | None = None
        self.attempt = Attempt(self.identity, "run")
        self._others: list[Live] = []
        self._sender = Sender(Target((address or flink.address,), read_timeout=read_timeout))
        self._driver = Driver(self._sender, self.told.append)
        self.api = Flink(self.run, self.backend.gate)
        self._before = frozenset(self.all_jobs())

    def __enter__(self) -> Live:
        self.jar = self.api.jars.upload(DEMO).id
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for job in self.new_jobs():
            self.run(cancel_job(self.backend, job_id=job.id, poll_interval=POLL))
        for one in (self, *self._others):
            one._sender.close()

    @property
    def has_applications(self) -> bool:
        """Whether this cluster runs programs as applications."""
        return self.api.dialect().has_applications

    def again(self, address: str = "", read_timeout: float = 60.0) -> Live:
        """Return the same task instance on another worker, which may reach the cluster at another address."""
        other = Live(self.flink, address, read_timeout)
        other.identity, other.attempt, other.jar = self.identity, self.attempt, self.jar
        self._others.append(other)
        return other

    def run(self, flow: Flow[T], seconds: float | None = None) -> T:
        """Run a flow as a worker does, for so many seconds."""
        deadline = None if seconds is None else time.monotonic() + seconds
        return self._driver.run(within(patiently(flow, PATIENCE), deadline))

    def submit(self, entry_class: str, *arguments: str, jar: str | FilePart = "", **program: Any) -> Job:
        """Submit the task's job or attach to it, as each try does."""
        what = Program(entry_class, arguments, **program)
        return self.run(
            submit_or_attach(
                self.backend,
                self.attempt,
                lambda job_id: self.backend.submit(job_id, jar or self.jar, what, self.read_timeout),
            )
        )

    def stream(self, *arguments: str, until: str = "running", **program: Any) -> str:
        """Start a stream, and return its id once it has come as far as ``until``."""
        job_id = self.submit(STREAMING_COUNT, *arguments, **program).id
        return self.wait(job_id, until).id

    def batch(self, *arguments: str, **program: Any) -> Job:
        return self.submit(BOUNDED_COUNT, *arguments, **program)

    def wait(self, job_id: str, until: str = "finished", seconds: float = 30) -> Job:
        return self.run(wait_for_job(self.backend, job_id=job_id, until=until, poll_interval=POLL), seconds)

    def begin(self, job_id: str, operation: str = "savepoint", is_retry: bool = False) -> Begun | Savepoint:
        """Start the task's savepoint or stop, as each try does."""

        def trigger(operation_id: str, directory: str | None) -> Flow[str]:
            choices: dict[str, Any] = {"directory": directory, "savepoint_format": None, "trigger_id": operation_id}
            if operation == "stop":
                return self.backend.trigger_stop(job_id, drain=False, **choices)
            return self.backend.trigger_savepoint(job_id, **choices)

        start = begin_stop if operation == "stop" else begin_savepoint
        flow = start(
            self.backend,
            job_id=job_id,
            attempt=Attempt(self.identity, operation, is_retry=is_retry),
            trigger=trigger,
            directory=self.directory,
            poll_interval=POLL,
            open_store=OpenedStore,
        )
        return self.run(flow, 60)

    def savepoint(self, job_id: str, operation: str = "savepoint", is_retry: bool = False) -> Savepoint:
        """Take the task's savepoint, or stop the job with one."""
        return self.follow(job_id, self.begin(job_id, operation, is_retry), operation)

    def follow(self, job_id: str, begun: Begun | Savepoint, operation: str = "savepoint") -> Savepoint:
        """Follow what was started to its end, as a worker does."""
        if isinstance(begun, Savepoint):
            return begun
        follow, find_lost = follow_savepoint, find_lost_savepoint
        if operation == "stop":
            follow, find_lost = follow_stop, find_lost_stop
        try:
            return self.run(follow(self.backend, job_id=job_id, poll_interval=POLL, **asdict(begun)), 60)
        except JobError as error:
            return self.run(find_lost(self.backend, error, OpenedStore))

    def savepoints(self, job_id: str) -> list[Checkpoint]:
        """The savepoints in a job's history, which may be seconds old."""
        return [one for one in self.run(self.backend.checkpoints(job_id)).history if one.is_savepoint]

    def all_jobs(self) -> Mapping[str, Job]:
        return self.run(self.backend.all_jobs())

    def new_jobs(self) -> list[Job]:
        """The jobs that were started on the cluster since this task began."""
        return [job for job_id, job in self.all_jobs().items() if job_id not in self._before]

    def jars(self) -> tuple[Jar, ...]:
        return self.api.jars.overview().files
