"""An operator that gives a running job another parallelism."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Job, Savepoint
from airflow_provider_dli.jobs.operation import directory_in
from airflow_provider_dli.jobs.rescale import IN_PLACE, MODES, RESTART, begin_rescale, choose, wait_for_parallelism
from airflow_provider_dli.jobs.restart import (
    Restarted,
    find_old_job,
    find_restarted,
    needs_restart,
    restart,
    told_after_stop,
    wait_for_restarted,
)
from airflow_provider_dli.jobs.savepoint import base_directory
from airflow_provider_dli.jobs.stop import begin_stop, find_lost_stop, follow_stop
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.operators.flink.base import FlinkJobOperator
from airflow_provider_dli.operators.flink.program import FlinkProgramOperator
from airflow_provider_dli.operators.flink.savepoints import FORMATS
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.tasks.identity import attempt_of
from airflow_provider_dli.tasks.parameters import check_choice, parallelisms, whole

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_dli.rest.patience import WaitTimedOut


class FlinkRescaleJobOperator(FlinkProgramOperator, FlinkJobOperator):
    """Gives a running job another parallelism, and waits until it runs with that.

    In place, where the cluster has the adaptive scheduler (``jobmanager.scheduler: adaptive``, Flink 1.18+): the job
    keeps its id. Flink acts when its cool-down is over, 30 seconds after the job's last change and more unless the
    cluster is set otherwise. Elsewhere by a restart: the job is stopped with a savepoint, and its program, which has to
    be given, is started from that under a new id.

    Returns the id of the job that runs now; pushes ``job_id`` and ``job_url``, and after a stop ``savepoint_path`` as
    soon as there is one. A job that has the parallelism already is left as it is. A retry goes on where an earlier try
    was lost: it never stops a second time, and never starts a second job. A task that is killed leaves all as it is.

    :param parallelism: how many tasks the job's vertices shall have, 1 or more: one number for all of them, or a dict
        of such by the vertices' names or ids, in place only; others keep theirs. A vertex that can have no more than
        one task keeps it. By a restart it is the job's default parallelism: what the program sets itself, wins.
        (templated)
    :param mode: ``in_place``, ``restart``, or ``auto``: in place where the cluster can.
    :param lower_bound: how many tasks each of these vertices must have, from 1 up to its parallelism, in place only:
        where slots are lost, the job goes on with as few, and waits when it could have fewer still. (templated)
    :param wait_for_slots: whether to begin although the cluster has too few slots in all: for one that starts
        TaskManagers when they are needed. Without it the task fails then, and nothing is changed.
    :param savepoint_format: ``CANONICAL`` (readable by later versions) or ``NATIVE`` (faster); None for Flink's default
        (Flink 1.15+).
    :param jar: only for a restart, as are the other parameters of the program; the same jar, or a newer one.
        (templated)
    """

    readers = {
        **FlinkProgramOperator.readers,
        **FlinkJobOperator.readers,
        "parallelism": parallelisms,
        "lower_bound": whole,
    }
    template_fields = tuple(readers)
    operator_extra_links = (FlinkJobLink(),)

    def __init__(
        self,
        *,
        parallelism: int | str | Mapping[str, int],
        mode: str = "auto",
        lower_bound: int | str = 1,
        wait_for_slots: bool = False,
        savepoint_format: str | None = None,
        jar: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(jar=jar, **kwargs)
        self.check(parallelism=parallelism, lower_bound=lower_bound)
        check_choice("mode", mode, MODES)
        check_choice("savepoint_format", savepoint_format or "CANONICAL", FORMATS)
        if self.knows(parallelism, lower_bound):
            _bounds(parallelism, lower_bound)
        if mode == RESTART and self.knows(parallelism):
            _one(parallelisms("parallelism", parallelism))
        if mode == RESTART and not jar:
            raise ValueError("A restart needs the program: give jar.")
        self.parallelism: Any = parallelism
        self.mode = mode
        self.lower_bound: Any = lower_bound
        self.wait_for_slots = wait_for_slots
        self.savepoint_format = savepoint_format

    def begin(self, context: Context, deadline: float | None) -> Call:
        """Ask for the parallelism in place, or stop the job and start it again."""
        self._stopping, self._starting = attempt_of(context, "rescale_stop"), attempt_of(context, "rescale_run")
        wanted, lower = _bounds(self.parallelism, self.lower_bound)
        if self.mode != IN_PLACE:
            done = self.hook.run(self._find_restarted(), deadline)
            if done:
                return self._await_restarted(context, done)
        job_id = self.hook.run(self._find_old_job(), deadline)
        self.publish(context, job_id)
        how = choose(self.hook.backend, job_id=job_id, mode=self.mode, has_program=bool(self.jar))
        if self.hook.run(how, deadline) == IN_PLACE:
            return self._rescale(job_id, wanted, lower, deadline)
        return self._restart(context, job_id, _one(wanted), deadline)

    def complete(self, context: Context, result: Job) -> str:
        """Return the id of the job that runs now."""
        self.log.info("%s, with the parallelism that was wanted.", result)
        return result.id

    def timed_out(self, context: Context, error: WaitTimedOut, job_id: str | None) -> Exception:
        """Return what a wait that took too long fails with; after the stop it names the savepoint."""
        ti = context["ti"]
        path = ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index, key="savepoint_path")
        told = self.told_late(error)
        if path:
            told = str(JobError(f"{told} {told_after_stop(path)}", savepoint_path=path))
        return AirflowException(told)

    def trigger(self, job_id: str, operation_id: str, directory: str | None) -> Flow[str]:
        """Trigger the stop under an id, in a directory."""
        return self.hook.backend.trigger_stop(
            job_id,
            directory=directory,
            savepoint_format=self.savepoint_format,
            drain=False,
            trigger_id=operation_id,
        )

    def start(self, job_id: str, savepoint_path: str | None) -> Flow[object]:
        """Start the job again under an id."""
        from airflow_provider_dli.jobs.flink.ways import Submission

        program, tag = self._program(savepoint_path), self._starting.ids[0]
        # The tag lets the next try find and delete what a try has uploaded that was killed.
        return self.hook.backend.submit_program(
            job_id, Submission(self.jar_to_run(), program, self.submit_timeout, tag=tag)
        )

    def _rescale(self, job_id: str, wanted: int | dict[str, int], lower: int, deadline: float | None) -> Call:
        flow = begin_rescale(
            self.hook.backend,
            job_id=job_id,
            parallelism=wanted,
            lower_bound=lower,
            wait_for_slots=self.wait_for_slots,
            poll_interval=self.poll_interval,
        )
        wanted_of = self.hook.run(flow, deadline)
        return call(wait_for_parallelism, job_id=job_id, parallelism=wanted_of, poll_interval=self.poll_interval)

    def _restart(self, context: Context, job_id: str, parallelism: int, deadline: float | None) -> Call:
        if not self.hook.run(self._needs_restart(job_id, parallelism), deadline):
            return call(wait_for_job, job_id=job_id, until="running", poll_interval=self.poll_interval)

        def start(new_id: str, savepoint_path: str) -> Flow[object]:
            self.make_known(context, savepoint_path=savepoint_path)
            return self.start(new_id, savepoint_path)

        flow = restart(
            self.hook.backend,
            attempt=self._starting,
            stop=lambda: self._stop_old_job(job_id),
            start=start,
        )
        return self._await_restarted(context, self.hook.run(flow, deadline))

    def _await_restarted(self, context: Context, restarted: Restarted) -> Call:
        self.publish(context, restarted.job_id)
        if restarted.savepoint_path:
            self.make_known(context, savepoint_path=restarted.savepoint_path)
        return call(wait_for_restarted, **restarted._asdict(), poll_interval=self.poll_interval)

    def _needs_restart(self, job_id: str, parallelism: int) -> Flow[bool]:
        """Make sure that the program can be run before the job is stopped for it."""
        jar, program = self.jar_to_run(), self._program(None)
        needed = yield from needs_restart(
            self.hook.backend,
            job_id=job_id,
            parallelism=parallelism,
            wait_for_slots=self.wait_for_slots,
        )
        if needed:
            yield from self.hook.backend.check(jar, program)
        return needed

    def _stop_old_job(self, job_id: str) -> Flow[Savepoint]:
        from airflow_provider_dli.hooks.object_store import OpenedStore

        backend = self.hook.backend
        try:
            begun = yield from begin_stop(
                backend,
                job_id=job_id,
                attempt=self._stopping,
                trigger=lambda operation_id, directory: self.trigger(job_id, operation_id, directory),
                directory=self.savepoint_directory,
                poll_interval=self.poll_interval,
                open_store=OpenedStore,
            )
            if isinstance(begun, Savepoint):
                return begun
            return (yield from follow_stop(backend, job_id=job_id, **asdict(begun), poll_interval=self.poll_interval))
        except JobError as error:
            return (yield from find_lost_stop(backend, error, OpenedStore))

    def _find_restarted(self) -> Flow[Restarted | None]:
        stopped_in = yield from self._stopped_in()
        return (
            yield from find_restarted(
                self.hook.backend, job_id=self._given_id, attempt=self._starting, stopped_in=stopped_in
            )
        )

    def _find_old_job(self) -> Flow[str]:
        stopped_in = yield from self._stopped_in()
        return (
            yield from find_old_job(
                self.hook.backend,
                job_id=self._given_id,
                job_name=self.job_name,
                attempt=self._starting,
                stopped_in=stopped_in,
            )
        )

    def _stopped_in(self) -> Flow[str | None]:
        """Return the directory for the savepoint of the old job's stop."""
        base = yield from base_directory(self.hook.backend, self.savepoint_directory)
        return directory_in(base, self._stopping.ids[0])

    @property
    def _given_id(self) -> str | None:
        return None if self.job_name else self.find_job_id(self.job_id, None)

    def _program(self, savepoint_path: str | None) -> Program:
        return self.program(parallelism=_one(self.parallelism), restore_from=savepoint_path)


def _bounds(parallelism: Any, lower_bound: Any) -> tuple[int | dict[str, int], int]:
    wanted, lower = parallelisms("parallelism", parallelism), whole("lower_bound", lower_bound)
    if lower > min(wanted.values() if isinstance(wanted, dict) else [wanted]):
        raise ValueError(f"lower_bound must not be above parallelism; got {lower} and {wanted}.")
    return wanted, lower


def _one(wanted: int | dict[str, int]) -> int:
    if isinstance(wanted, int):
        return wanted
    raise ValueError(
        f"parallelism must be one number where the job is restarted; got {wanted!r}. "
        "To rescale single vertices, run the cluster with jobmanager.scheduler: adaptive."
    )
