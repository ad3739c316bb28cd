"""The Flink that does the work: what the emulator's jobs and statements run on."""

from __future__ import annotations

import base64
import json
import logging
import math
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

from pydantic import BaseModel
from pydantic_core import to_json

from airflow_provider_dli.flink.client import Flink
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.jobs.backend import Verdict
from airflow_provider_dli.jobs.errors import JobError, JobForgotten, SubmissionUnclear
from airflow_provider_dli.jobs.flink.backend import FlinkBackend
from airflow_provider_dli.jobs.model import Failure, Job, Operation
from airflow_provider_dli.local.demo_jobs import JAR, SQL_RUNNER
from airflow_provider_dli.rest.errors import NotFound, RestError
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import FilePart
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target

T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)
#: Seconds that a program's main() may take.
_SUBMISSION: Final = 120.0
#: How Flink says that a program has run no job.
_NO_JOB: Final = "No jobs included in application"


class NotStartedError(Exception):
    """Flink did not start a job; says why, in its own words."""


class FlinkTroubleError(Exception):
    """Flink cannot be reached or gave no clear answer; asking again is safe."""


@dataclass(frozen=True)
class SqlScript:
    """A script of SQL statements; all its INSERTs, and a query at its end, are one job.

    :param text: the statements, separated by ``;``.
    :param mode: ``streaming`` or ``batch``.
    :param name: the job's name.
    :param result: the folder that the rows of a query at its end go to, and those of SHOW and DESCRIBE: files of JSON
        lines, with the columns' names and types in ``_schema.json``. None for a script without a query.
    :param rows: how many rows at most; 0 for all of them.
    :param checkpoint_interval: milliseconds between two checkpoints; 0 for the cluster's own setting.
    """

    text: str
    mode: str = "streaming"
    name: str = "sql"
    result: Path | None = None
    rows: int = 0
    checkpoint_interval: int = 0

    @property
    def arguments(self) -> list[str]:
        """What the program that runs it is told."""
        given = {
            "sql": base64.b64encode(self.text.encode()).decode(),
            "mode": self.mode,
            "name": self.name,
            "result": str(self.result.absolute()) if self.result else "",
            "rows": str(self.rows),
            "checkpoint-interval": str(self.checkpoint_interval),
        }
        return [word for name, value in given.items() if value for word in (f"--{name}", value)]


class FlinkRunner:
    """Runs programs and scripts on a Flink. Safe to use from several threads.

    :param address: where its REST API is.
    """

    def __init__(self, address: str) -> None:
        # The sender's session keeps no login and no cookie, and its pool of connections is safe to share.
        self._driver = Driver(Sender(Target((address,))), _LOG.info)
        self._backend = FlinkBackend(address)
        #: Every operation of its REST API, as methods.
        self.api = Flink(self._driver.run, self._backend.gate)

    def run(self, job_id: str, jar: Path, program: Program) -> None:
        """Run a jar's program. Where the job is there already, that is it.

        :param job_id: the id that the job shall have, 32 hex digits.
        :param jar: the jar's file.
        :param program: how to run it.
        :raises NotStartedError: when Flink refuses it, or its ``main`` fails.
        :raises FlinkTroubleError: when Flink gave no clear answer.
        """
        try:
            self._start(self._backend.submit(job_id, _part(jar), program, _SUBMISSION))
        except SubmissionUnclear as error:
            raise FlinkTroubleError(error.sentence) from error
        except (JobError, NotInThisVersion) as error:
            raise NotStartedError(str(error)) from error

    def run_sql(self, script: SqlScript, *, job_id: str | None = None, program: Program | None = None) -> str | None:
        """Run a script, and return the id of its job; None where it needed none, and is done.

        :param script: the script.
        :param job_id: the id that the job shall have, 32 hex digits; None for a fresh one.
        :param program: parallelism, settings and savepoint of the job; None for none of these.
        :raises NotStartedError: when a statement is wrong, in the parser's words, or Flink refuses the job.
        :raises FlinkTroubleError: when Flink gave no clear answer.
        """
        job_id = job_id or uuid4().hex
        told = replace(program or Program(), entry_class=SQL_RUNNER, arguments=script.arguments)
        try:
            self.run(job_id, JAR, told)
        except NotStartedError as error:
            if _NO_JOB in str(error):
                return None
            raise
        return job_id

    def jobs(self) -> Mapping[str, Job]:
        """Look at all jobs that the Flink remembers, by id.

        :raises FlinkTroubleError: when it cannot be reached.
        """
        return self._ask(self._backend.all_jobs())

    def state(self, job_id: str) -> Job | None:
        """Look at a job; None where the Flink does not know it (any more).

        :raises FlinkTroubleError: when it cannot be reached.
        """
        return self.jobs().get(job_id)

    def cancel(self, job_id: str) -> None:
        """Ask for a job to be cancelled; nothing happens where it has ended, or is not there.

        :raises FlinkTroubleError: when the Flink cannot be reached.
        """
        with suppress(JobForgotten):
            self._ask(self._backend.cancel(job_id))

    def failure(self, job_id: str) -> Failure:
        """Tell what has failed last in a job.

        :raises FlinkTroubleError: when the Flink cannot be reached, or has forgotten the job.
        """
        try:
            return self._ask(self._backend.failure(job_id))
        except JobError as error:
            raise FlinkTroubleError(str(error)) from error

    def begin_savepoint(self, job_id: str, directory: Path, operation_id: str, *, stop: bool) -> None:
        """Begin a savepoint; asked twice under one id, it is one.

        :param job_id: the job.
        :param directory: where to write it.
        :param operation_id: the id that the operation shall have, 32 hex digits.
        :param stop: whether to stop the job with it.
        :raises NotStartedError: when Flink refuses.
        :raises FlinkTroubleError: when Flink gave no clear answer.
        """
        target = directory.absolute().as_uri()
        backend = self._backend
        if stop:
            flow = backend.trigger_stop(
                job_id, directory=target, savepoint_format=None, drain=False, trigger_id=operation_id
            )
        else:
            flow = backend.trigger_savepoint(job_id, directory=target, savepoint_format=None, trigger_id=operation_id)
        self._start(flow)

    def savepoint(self, job_id: str, operation_id: str) -> Operation | None:
        """Look at a savepoint, or a stop with one; None where the Flink does not know it (any more).

        :raises FlinkTroubleError: when it cannot be reached.
        """
        return self._ask(self._backend.operation(job_id, operation_id))

    def graph(self, job_id: str) -> dict[str, Any] | None:
        """Return what a job consists of, member by member as Flink tells it; None where the Flink does not know it.

        :raises FlinkTroubleError: when it cannot be reached.
        """
        try:
            detail = self.api.jobs.detail(job_id)
        except NotFound:
            return None
        except RestError as error:
            raise FlinkTroubleError(str(error)) from error
        return _as_flink_tells(detail)

    def figures(self, job_id: str, vertex_id: str, names: Collection[str]) -> dict[str, float]:
        """Return metrics of a vertex, all its tasks together; 0 for what there is not.

        Where a vertex is a whole chain of operators it counts nothing by itself; then the operator that counted most
        tells.

        :param job_id: the job.
        :param vertex_id: the vertex.
        :param names: the metrics' names.
        :raises FlinkTroubleError: when the Flink cannot be reached.
        """
        known = [one.id for one in self._told(lambda: self.api.metrics.of_subtasks(job_id, vertex_id))]
        asked = [name for name in known if name.rpartition(".")[2] in names]
        seen = self._told(lambda: self.api.metrics.of_subtasks(job_id, vertex_id, asked)) if asked else ()
        # A rate that was measured only once is no number.
        sums = [(one.id.rpartition(".")[2], one.sum) for one in seen if one.sum is not None and math.isfinite(one.sum)]
        return {name: max((value for metric, value in sums if metric == name), default=0.0) for name in names}

    def plan_sql(self, script: SqlScript, parallelism: int) -> dict[str, Any]:
        """Return the plan of a script's job, without starting it.

        :param script: the script.
        :param parallelism: how many tasks its operators have.
        :raises NotStartedError: when a statement is wrong, in the parser's words.
        :raises FlinkTroubleError: when the Flink cannot be reached.
        """
        program = Program(SQL_RUNNER, script.arguments, parallelism)
        jar = self._told(lambda: self.api.jars.upload(_part(JAR))).id
        try:
            plan = self.api.jars.plan(jar, program)
        except RestError as error:
            raise NotStartedError(self._backend.advise(error).sentence) from error
        finally:
            self._told(lambda: self.api.jars.delete(jar))
        return _as_flink_tells(plan)

    def _told(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except RestError as error:
            raise FlinkTroubleError(str(error)) from error

    def _ask(self, flow: Flow[T]) -> T:
        try:
            return self._driver.run(flow)
        except RestError as error:
            raise FlinkTroubleError(str(error)) from error

    def _start(self, flow: Flow[object]) -> None:
        """Run what begins something; where it has been begun before, that is it."""
        try:
            self._driver.run(flow)
        except RestError as error:
            verdict = self._backend.judge(error)
            if verdict is Verdict.REFUSED:
                raise NotStartedError(self._backend.advise(error).sentence) from error
            if verdict is not Verdict.DUPLICATE:
                raise FlinkTroubleError(str(error)) from error


def _as_flink_tells(answer: BaseModel) -> dict[str, Any]:
    """Return an answer member by member as it came: Flink writes what is no number as a text, ``"NaN"``."""
    told: dict[str, Any] = json.loads(to_json(answer.model_dump(by_alias=True), inf_nan_mode="strings"))
    return told


def _part(jar: Path) -> FilePart:
    return FilePart("jarfile", jar.name, jar.stat().st_size, lambda: jar.open("rb"))
