"""Operators for jars: upload one, run one as a job, delete one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.jobs.submit import submit_or_attach
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.operators.flink.program import FlinkProgramOperator
from airflow_provider_dli.operators.flink.restoring import FlinkRestoringOperator
from airflow_provider_dli.operators.jar import jar_file, jar_identifier
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.tasks.identity import is_retry
from airflow_provider_dli.tasks.parameters import check, text, whole

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

# What the ids of jobs that run a jar are derived for.
_RUN = "run"


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


class FlinkRunJarOperator(FlinkRestoringOperator, FlinkProgramOperator):
    """Runs a jar as a job, and waits until it has come as far as wanted.

    Returns the job's id; pushes ``job_id`` and ``job_url`` as well, as soon as the job is there. A retry finds the job
    that an earlier try started; a task that a person clears starts a new one.

    :param parallelism: the job's default parallelism, 1 or more; None for the cluster's. (templated)
    :param job_name: the job's name (Flink 1.17+); a name that the program gives itself wins. (templated)
    """

    template_fields = (
        *FlinkProgramOperator.template_fields,
        "parallelism",
        "job_name",
        "restore_from",
    )

    def __init__(
        self,
        *,
        jar: str,
        parallelism: int | str | None = None,
        job_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(jar=jar, **kwargs)
        check(whole, "parallelism", parallelism)
        self.parallelism = parallelism
        self.job_name = job_name

    def begin(self, context: Context, deadline: float | None) -> Job | Call:
        """Submit the job, or attach to the one that an earlier try started."""
        attempt = self.attempt(context, _RUN)
        self.identity = attempt.identity
        flow = submit_or_attach(self.hook.backend, attempt, lambda job_id: self._start(context, job_id))
        job = self.hook.run(flow, deadline)
        return self.started(context, job.id) or job

    def complete(self, context: Context, result: Job) -> str:
        """Return the job's id."""
        self.log.info("%s, as wanted: %s.", result, self.wait_until)
        return result.id

    def _start(self, context: Context, job_id: str) -> Flow[None]:
        jar = self.jar_to_run()
        program = self.program(
            parallelism=whole("parallelism", self.parallelism) if self.parallelism else None,
            restore_from=(yield from self.path_to_start_from(context, _RUN)),
            configuration={"pipeline.name": self.job_name} if self.job_name else None,
        )
        self.submitting(job_id)
        yield from self.hook.backend.submit(job_id, jar, program, self.submit_timeout)
