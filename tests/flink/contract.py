"""Calls every operation that a cluster has, and keeps what came over the wire beside what was read from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import Parameter
from io import BytesIO
from typing import Any

from airflow_provider_dli.flink.client import Flink
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR, STREAMING_COUNT
from airflow_provider_dli.rest.client import Method, methods
from airflow_provider_dli.rest.errors import Refused, RestError
from airflow_provider_dli.rest.outgoing import Outgoing
from airflow_provider_dli.rest.request import Answer, FilePart, Request
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target
from tests.local.waiting import wait_until

DEMO = FilePart("jarfile", "demo.jar", JAR.stat().st_size, lambda: JAR.open("rb"))
NO_GRAPH = FilePart("graph", "graph.bin", 4, lambda: BytesIO(b"none"))
OPTIONS = {
    "metrics.fetcher.update-interval": "100",
    "web.refresh-interval": "50",
    "rest.flamegraph.enabled": "true",
    "rest.profiling.enabled": "true",
    # What follows makes rescaling possible, and remembered, where a version has it.
    "jobmanager.scheduler": "adaptive",
    "jobmanager.adaptive-scheduler.scaling-interval.min": "0 s",
    "jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling": "0 s",
    "jobmanager.adaptive-scheduler.resource-stabilization-timeout": "0 s",
    "jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout": "0 s",
    "web.adaptive-scheduler.rescale-history.size": "10",
}
UNKNOWN = "0" * 31 + "1"


class Witness(Sender):
    """A sender that keeps the last answer."""

    answer: Answer

    def _transmit(self, outgoing: Outgoing) -> Answer:
        self.answer = super()._transmit(outgoing)
        return self.answer


@dataclass
class Call:
    """One call of one method.

    :param name: the method, as in ``jobs.detail``.
    :param about: what it was about, as in ``failed``.
    :param request: what was sent.
    :param answer: what came over the wire.
    :param decoded: what was read from it.
    :param error: or how it was refused.
    """

    name: str
    about: str
    request: Request[Any]
    answer: Answer
    decoded: Any = None
    error: RestError | None = None

    @property
    def wire(self) -> Any:
        """What came over the wire: JSON, or else the bytes or the text that it was read as."""
        if isinstance(self.decoded, bytes):
            return self.answer.body
        return json.loads(self.answer.body or b"null") if self._is_json else self.answer.text

    @property
    def _is_json(self) -> bool:
        return "json" in self.answer.headers.get("content-type", "json")


@dataclass
class Contract:
    """A cluster with a job in each state, and all calls that were made to it."""

    flink: LocalFlink
    calls: list[Call] = field(default_factory=list)
    not_there: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.witness = Witness(Target((self.flink.address,)))
        self.api = Flink(Driver(self.witness, lambda told: None).run)
        self.methods: Mapping[str, Method[..., Any]] = dict(methods(self.api))

    def call(self, name: str, about: str = "", /, **arguments: Any) -> Any:
        """Call a method; a refusal is kept like an answer."""
        group, _, method = name.partition(".")
        dialect = (self.api.dialect(),) if self.methods[name].knows_dialect else ()
        try:
            request = self.methods[name].endpoint(*dialect, **arguments)
            decoded = getattr(getattr(self.api, group), method)(**arguments)
        except NotInThisVersion:
            self.not_there.add(name)
            return None
        except Refused as error:
            self.calls.append(Call(name, about, request, self.witness.answer, error=error))
            return None
        self.calls.append(Call(name, about, request, self.witness.answer, decoded))
        return decoded

    @property
    def operations(self) -> set[str]:
        """The operations that were called, as in ``GET /jobs``."""
        return {call.request.availability.operation for call in self.calls if call.request.availability}

    def run_everything(self) -> None:
        """Call all there is, and shut the cluster down in the end."""
        for step in (self._jars, self._jobs, self._cluster, self._savepoints, self._internal, self._ends):
            step()

    def _jars(self) -> None:
        self.jar = self.call("jars.upload", file=DEMO).id
        spare = self.call("jars.upload", file=DEMO).id
        self.call("jars.overview")
        self.call("jars.plan", jar_id=self.jar, program=Program(STREAMING_COUNT, ["--rate", "5"]), job_id=UNKNOWN)
        self.call("jars.plan_by_get", jar_id=self.jar, entry_class=STREAMING_COUNT, parallelism=2)
        self.call("jars.delete", jar_id=spare)

    def _jobs(self) -> None:
        """Look at a running, a finished, a failed and a cancelled job in every way."""
        self.running = self._run(STREAMING_COUNT)
        self._look_at_job(self.running, "starting")
        self._comes_to(self.running, "RUNNING")
        finished = self._run(BOUNDED_COUNT, state="FINISHED")
        failed = self._run(BOUNDED_COUNT, "--fail-after", "1", state="FAILED")
        cancelled = self._run(STREAMING_COUNT, state="RUNNING")
        self.call("jobs.cancel", job_id=cancelled)
        self._comes_to(cancelled, "CANCELED")
        self.call("jobs.ids")
        self.call("jobs.overview")
        self._checkpoint()
        for about, job_id in zip(
            ("running", "finished", "failed", "cancelled"), (self.running, finished, failed, cancelled), strict=True
        ):
            self._look_at_job(job_id, about)
        self.call("jobs.heartbeat", job_id=self.running, expired_timestamp=4_000_000_000_000)

    def _look_at_job(self, job_id: str, about: str) -> None:
        vertices = self.api.jobs.detail(job_id).vertices
        taskmanager = self.api.taskmanagers.overview().taskmanagers[0].id
        for name in self._looks("job_id"):
            self.call(name, about, job_id=job_id)
        self.call("jobs.exceptions", about, job_id=job_id)
        self.call("jobs.taskmanager_log_url", about, job_id=job_id, taskmanager_id=taskmanager)
        self._metrics(about, "metrics.of_job", job_id=job_id)
        for vertex in vertices:
            self._look_at_vertex(about, job_id=job_id, vertex_id=vertex.id)
        for checkpoint in self.api.checkpoints.statistics(job_id).history[:2]:
            self.call("checkpoints.detail", about, job_id=job_id, checkpoint_id=checkpoint.id)
            for vertex in vertices:
                place = {"checkpoint_id": checkpoint.id, "vertex_id": vertex.id}
                self.call("checkpoints.of_vertex", about, job_id=job_id, **place)

    def _look_at_vertex(self, about: str, **vertex: str) -> None:
        for name in self._looks("job_id", "vertex_id"):
            self.call(name, about, **vertex)
        self.call("vertices.flame_graph", about, **vertex)
        for name in ("metrics.of_vertex", "metrics.of_subtasks", "metrics.of_coordinators"):
            self._metrics(about, name, **vertex)
        self._metrics(about, "metrics.of_subtask", **vertex, subtask=0)
        for name in self._looks("job_id", "vertex_id", "subtask"):
            self.call(name, about, **vertex, subtask=0)
        for name in self._looks("job_id", "vertex_id", "subtask", "attempt"):
            self.call(name, about, **vertex, subtask=0, attempt=0)

    def _cluster(self) -> None:
        for name in self._looks():
            self.call(name)
        self._metrics("", "metrics.of_jobmanager")
        self._metrics("", "metrics.of_taskmanagers")
        self._metrics("", "metrics.of_jobs", job_ids=[self.running])
        self._logs("jobmanager")
        for taskmanager in self.api.taskmanagers.overview().taskmanagers:
            for name in self._looks("taskmanager_id"):
                self.call(name, taskmanager_id=taskmanager.id)
            self._metrics("", "metrics.of_taskmanager", taskmanager_id=taskmanager.id)
            self._logs("taskmanagers", taskmanager_id=taskmanager.id)
            self._profile("taskmanager", taskmanager_id=taskmanager.id)
        self._profile("jobmanager")
        deletion = self.call("datasets.delete", dataset_id=UNKNOWN)
        self.call("datasets.deletion", trigger_id=deletion)

    def _savepoints(self) -> None:
        trigger = self.call("savepoints.trigger", job_id=self.running)
        path = self._until_done("savepoints.operation", job_id=self.running, trigger_id=trigger).location
        disposal = self.call("savepoints.dispose", path=path)
        self._until_done("savepoints.disposal", trigger_id=disposal)
        stopped = self._run(STREAMING_COUNT, state="RUNNING")
        trigger = self.call("savepoints.stop", job_id=stopped, drain=True)
        self._until_done("savepoints.operation", job_id=stopped, trigger_id=trigger)

    def _checkpoint(self) -> None:
        wait_until(lambda: self.api.checkpoints.statistics(self.running).latest.completed)
        if trigger := self.call("checkpoints.trigger", job_id=self.running, checkpoint_type="FULL"):
            self._until_done("checkpoints.operation", job_id=self.running, trigger_id=trigger)

    def _internal(self) -> None:
        """Call what is for programs in Java, which only they can call well."""
        coordinator = {"job_id": self.running, "serialized_request": "none"}
        self.call("coordinators.send_by_operator_id", **coordinator, operator_id=UNKNOWN)
        self.call("coordinators.send", **coordinator, operator_uid="none")
        self.call("jobs.submit", graph=NO_GRAPH)
        self.call("jobs.stop_by_get", job_id=self.running)

    def _ends(self) -> None:
        self._rescale()
        if self.call("jars.run_application", jar_id=self.jar, program=Program(BOUNDED_COUNT), application_id=UNKNOWN):
            wait_until(lambda: self.api.applications.detail(UNKNOWN).status == "FINISHED")
            for name in self._looks("application_id"):
                self.call(name, application_id=UNKNOWN)
            self.call("applications.cancel", application_id=self.running)
        self.call("jobs.cancel_by_get", job_id=self.running)
        self.call("cluster.shutdown")

    def _rescale(self) -> None:
        current = self.call("rescaling.requirements", "rescaled", job_id=self.running)
        if not current:
            return
        self.call("rescaling.set_requirements", job_id=self.running, vertices=dict.fromkeys(current.by_vertex, (1, 2)))
        wait_until(lambda: {vertex.parallelism for vertex in self.api.jobs.detail(self.running).vertices} == {2})
        for name in self._looks("job_id"):
            if name.startswith("rescal"):
                self.call(name, "rescaled", job_id=self.running)
        for one in self.call("rescales.history", "rescaled", job_id=self.running) or ():
            self.call("rescales.detail", "rescaled", job_id=self.running, rescale_uuid=one.rescale_uuid)

    def _metrics(self, about: str, name: str, **place: Any) -> None:
        """List metrics, and ask for the first few of them."""
        listed = self.call(name, about, **place)
        self.call(name, about, **place, names=[metric.id for metric in listed or ()][:5])

    def _logs(self, group: str, **place: str) -> None:
        listed = self.call(f"{group}.logs", **place)
        for log in listed.logs if listed else ():
            self.call(f"{group}.log_file", **place, name=log.name)

    def _profile(self, process: str, **place: str) -> None:
        if not self.call(f"profiler.start_on_{process}", **place, mode="CPU", duration=1):
            return
        listed = wait_until(lambda: self._profiled(process, **place))
        self.call(f"profiler.of_{process}", **place)
        self.call(f"profiler.file_of_{process}", **place, name=listed)

    def _profiled(self, process: str, **place: str) -> str | None:
        listed = getattr(self.api.profiler, f"of_{process}")(**place)
        return next((one.output_file for one in listed.profiling_list if one.output_file), None)

    def _looks(self, *wanted: str) -> Iterator[str]:
        """Yield the methods that look at a thing, and want nothing but these arguments."""
        for name, method in self.methods.items():
            if method.endpoint.method == "GET" and not name.startswith(("legacy.", "metrics.")):
                takes = tuple(method.signature.parameters)
                required = tuple(one for one in takes if method.signature.parameters[one].default is Parameter.empty)
                if required == wanted and not method.endpoint.changes:
                    yield name

    def _run(self, entry_class: str, *arguments: str, state: str | None = None) -> str:
        program = Program(entry_class, arguments, parallelism=1)
        job_id: str = self.call("jars.run", jar_id=self.jar, program=program).jobid
        if state:
            self._comes_to(job_id, state)
        return job_id

    def _comes_to(self, job_id: str, state: str) -> None:
        wait_until(lambda: self.api.jobs.overview().by_id[job_id].state == state)

    def _until_done(self, name: str, **arguments: Any) -> Any:
        group, _, method = name.partition(".")
        ask: Callable[..., Any] = getattr(getattr(self.api, group), method)
        wait_until(lambda: ask(**arguments).done)
        return self.call(name, **arguments)
