"""Operators for jars: upload one, run one as a job, delete one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_dli.jobs.end import CHOICES, Ending, end_job
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Job, WaitUntil
from airflow_provider_dli.jobs.submit import submit_or_attach
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.operators.flink.program import FlinkProgramOperator
from airflow_provider_dli.operators.flow_task import identity_of, is_retry
from airflow_provider_dli.operators.jar import jar_file, jar_identifier
from airflow_provider_dli.operators.parameters import check, check_choice, text, whole
from airflow_provider_dli.rest.flow import Flow

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_dli.rest.patience import WaitTimedOut

# Airflow gives a task that it kills five seconds; one that has timed out has as long as a savepoint may take.
SECONDS_LEFT_BY_A_KILL = 4.0
SECONDS_FOR_A_STOP = 600.0


class FlinkUploadJarOperator(FlinkOperator):
    """Uploads a jar, streaming it from where it lies.

    Returns the jar's id. Flink keeps each upload, so delete what is no longer needed;
    :class:`FlinkRunJarOperator` uploads and deletes by itself.

    :param jar: a local path, or anything that Airflow's ``ObjectStoragePath`` can open. (templated)
    """

    template_fields = (*FlinkOperator.template_fields, "jar")

    def __init__(self, *, jar: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.jar = jar

    def begin(self, context: Context, deadline: float | None) -> str:
        """Upload the jar."""
        return self.hook.api.jars.upload(jar_file(text("jar", self.jar))).id

    def complete(self, context: Context, result: str) -> str:
        """Return the jar's id."""
        self.log.info("Uploaded %s as %s", self.jar, result)
        return result


class FlinkDeleteJarOperator(FlinkOperator):
    """Deletes an uploaded jar. A job that was started from it is not disturbed.

    Returns the jar's id. One that is not there is no error, unless ``missing_ok`` is False; nor is it in a retry, as an
    earlier try may have deleted it.

    :param jar_id: the id that :class:`FlinkUploadJarOperator` returns, or the path that Flink itself tells. (templated)
    :param missing_ok: whether it is all right that there is no such jar.
    """

    template_fields = (*FlinkOperator.template_fields, "jar_id")

    def __init__(self, *, jar_id: str, missing_ok: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check(jar_identifier, "jar_id", jar_id)
        self.jar_id = jar_id
        self.missing_ok = missing_ok

    def begin(self, context: Context, deadline: float | None) -> str:
        """Delete the jar."""
        jar_id = jar_identifier("jar_id", self.jar_id)
        if self.hook.run(self.hook.backend.delete_jar(jar_id), deadline):
            self.log.info("Jar %s is deleted.", jar_id)
        elif self.missing_ok or is_retry(context):
            self.log.info("There is no jar %s (any more): nothing to delete.", jar_id)
        else:
            raise ValueError(f"The JobManager has no jar {jar_id!r} (any more). Set missing_ok where it may be gone.")
        return jar_id

    def complete(self, context: Context, result: str) -> str:
        """Return the jar's id."""
        return result


class FlinkRunJarOperator(FlinkProgramOperator):
    """Runs a jar as a job, and waits until it has come as far as wanted.

    Returns the job's id; pushes ``job_id`` and ``job_url`` as well, as soon as the job is there. A retry finds the job
    that an earlier try started; a task that a person clears starts a new one.

    :param parallelism: the job's default parallelism, 1 or more; None for the cluster's. (templated)
    :param job_name: the job's name (Flink 1.17+); a name that the program gives itself wins. (templated)
    :param restore_from: path of the savepoint or checkpoint to start from, for example another task's result.
        None or empty: start without state. (templated)
    :param wait_until: ``submitted``, ``running`` (all its tasks run), ``checkpointed`` or ``finished``.
    :param on_kill: what happens to the job when the task is killed or times out: ``detach`` leaves it running,
        ``cancel`` cancels it, ``stop_with_savepoint`` stops it. Default: ``cancel`` when waiting until it is finished,
        else ``detach``.
    """

    template_fields = (
        *FlinkProgramOperator.template_fields,
        "parallelism",
        "job_name",
        "restore_from",
    )
    operator_extra_links = (FlinkJobLink(),)

    def __init__(
        self,
        *,
        jar: str,
        parallelism: int | str | None = None,
        job_name: str | None = None,
        restore_from: str | None = None,
        wait_until: str = WaitUntil.RUNNING.value,
        on_kill: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(jar=jar, **kwargs)
        check(whole, "parallelism", parallelism)
        check_choice("wait_until", wait_until, [until.value for until in WaitUntil])
        check_choice("on_kill", on_kill or "cancel", CHOICES)
        self.parallelism = parallelism
        self.job_name = job_name
        self.restore_from = restore_from
        self.wait_until = WaitUntil(wait_until).value
        self.kill_choice = on_kill or ("cancel" if self.wait_until == WaitUntil.FINISHED.value else "detach")
        self._job_id: str | None = None
        self._is_submitting = False

    def begin(self, context: Context, deadline: float | None) -> Job | Call:
        """Submit the job, or attach to the one that an earlier try started."""
        self._identity = identity_of(context)
        flow = submit_or_attach(self.hook.backend, self._identity.series("run"), self._start)
        job = self.hook.run(flow, deadline)
        self._job_id, self._is_submitting = job.id, False
        self.publish(context, job.id)
        if self.wait_until == WaitUntil.SUBMITTED.value:
            return job
        return call(wait_for_job, job_id=job.id, until=self.wait_until, poll_interval=self.poll_interval, known=True)

    def complete(self, context: Context, result: Job) -> str:
        """Return the job's id."""
        self.log.info("%s, as wanted: %s.", result, self.wait_until)
        return result.id

    def on_kill(self) -> None:
        """Do with the job what ``on_kill`` says; Airflow calls this when it kills the task on a worker."""
        if self._job_id:
            self._end_job(self._job_id, SECONDS_LEFT_BY_A_KILL, grace=SECONDS_LEFT_BY_A_KILL - 1)

    def timed_out(self, context: Context, error: WaitTimedOut, job_id: str | None) -> Exception:
        """Do with the job what ``on_kill`` says, and return what to fail with."""
        self._identity = identity_of(context)
        job_id = job_id or self._job_id
        ending = Ending("No job was started.")
        if job_id:
            ending = self._end_job(job_id, SECONDS_FOR_A_STOP, self.grace_period)
        if ending.savepoint_path:
            context["ti"].xcom_push(key="savepoint_path", value=ending.savepoint_path)
        return AirflowException(f"{self.told_late(error)} {ending.sentence}")

    def kill_arguments(self, job_id: str) -> dict[str, Any]:
        """Return how to end the job when the task is killed."""
        return {
            "job_id": job_id,
            "how": self.kill_choice,
            "directory": self.savepoint_directory or None,
            "operation_id": next(self._identity.series("on_kill")),
        }

    def _end_job(self, job_id: str, seconds: float, grace: float) -> Ending:
        """End the job as ``on_kill`` says; what became of it must not hide why it had to end."""
        turns_up_within = grace if self._is_submitting else 0.0
        flow = end_job(self.hook.backend, **self.kill_arguments(job_id), turns_up_within=turns_up_within)
        try:
            ending = self.hook.run_apart(flow, seconds, grace)
        except Exception as error:
            path = getattr(error, "savepoint_path", None)
            ending = Ending(f"Whether job {job_id} was ended is unclear: {error}", path)
        self.log.warning(ending.sentence)
        return ending

    def _start(self, job_id: str) -> Flow[None]:
        jar = self.jar_to_run()
        program = self.program(
            parallelism=whole("parallelism", self.parallelism) if self.parallelism else None,
            restore_from=self.restore_from,
            configuration={"pipeline.name": self.job_name} if self.job_name else None,
        )
        self._job_id, self._is_submitting = job_id, True
        return self.hook.backend.submit(job_id, jar, program, self.submit_timeout)
