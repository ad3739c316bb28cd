"""Operators that run Flink jobs on DLI: an existing one, or one that they define."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.end import DETACH
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.links.dli import DliJobLink
from airflow_provider_dli.operators.dli.base import DliJobOperator, DliOperator
from airflow_provider_dli.tasks.identity import age_of_run, attempt_of, identity_of
from airflow_provider_dli.tasks.parameters import (
    file_in_obs,
    mapping,
    optional,
    path_in_obs,
    settings,
    structured,
    text,
    words,
)
from airflow_provider_dli.tasks.starting_operator import StartingOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_dli.jobs.dli.definition import Definition


def job_title(name: str, value: Any) -> str:
    """Return the name of a Flink job.

    :raises ValueError: when it is empty, or too long for DLI.
    """
    title = text(name, value)
    if len(title) > 57:
        raise ValueError(f"{name} must not be longer than 57 characters; got {title!r} ({len(title)} characters).")
    return title


@structured
def words_without_blanks(name: str, value: Any) -> list[str]:
    """Return arguments as DLI takes them, in one text with spaces in between.

    :raises ValueError: when one of them is empty or has a space in it; names its place only, as it may be a secret.
    """
    arguments = words(name, value)
    broken = [str(number) for number, argument in enumerate(arguments) if argument.split() != [argument]]
    if broken:
        raise ValueError(
            f"{name}: DLI separates arguments by spaces, so none may be empty or have one; broken: number "
            f"{', '.join(broken)} (from 0)."
        )
    return arguments


class DliRunningOperator(StartingOperator, DliOperator):
    """What operators share that run a Flink job.

    A job that runs already is attached to, as DLI runs no job twice at a time, unless a savepoint is to be restored. A
    retry finds the run that an earlier try has started; a task that a user clears runs the job again once it has ended.

    :param resume_savepoint: whether the job starts from its newest savepoint. A job that runs already fails the task,
        unless an earlier try has started that run. Default: False.
    :param restore_from: the savepoint or checkpoint in OBS that it starts from instead, ``bucket/folder``; None or
        empty for none. It is imported before. ``latest`` is the same as ``resume_savepoint``. (templated)
    """

    operator_extra_links = (DliJobLink(),)
    readers = {**DliOperator.readers, "restore_from": optional(path_in_obs)}
    template_fields: Sequence[str] = tuple(readers)
    # A stop of DLI's writes where DLI chooses.
    savepoint_directory = None

    def __init__(self, *, resume_savepoint: bool = False, restore_from: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.resume_savepoint = resume_savepoint
        self.check(restore_from=restore_from)
        self.restore_from = restore_from

    def outlast_kill(self, context: Context, job: Job | None, deadline: float | None) -> None:
        """Wait for what the kill of an earlier try does to the job.

        :param context: the task's context.
        :param job: the job, as it was just seen.
        :param deadline: the deadline of the wait, a moment of the monotonic clock.
        """
        if job is None:
            return
        from airflow_provider_dli.jobs.dli.start import outlast_kill

        self._is_about(context, job.id)
        self.hook.run(outlast_kill(self.hook.backend, job), deadline)

    def may_have_been_killed(self, context: Context) -> bool:
        """Tell whether an earlier try may have been killed, and have ended the job or be about to end it."""
        # A retry as well: one follows when a worker is shut down, or a task is cleared while it runs.
        return context["ti"].try_number > 1 and self.kill_choice != DETACH

    def run_job(self, context: Context, job_id: str, deadline: float | None) -> Any:
        """Run a job that is published, or find that it runs; return the call of the flow to wait for, or the job."""
        from airflow_provider_dli.jobs.dli.start import run_or_attach
        from airflow_provider_dli.jobs.latest import LATEST

        wants_latest = self.restore_from == LATEST
        self._is_about(context, job_id)
        flow = run_or_attach(
            self.hook.backend,
            job_id=job_id,
            resume_savepoint=self.resume_savepoint or wants_latest,
            restore_from=None if wants_latest else self.restore_from,
            attempt=attempt_of(context, "run"),
            run_age=age_of_run(context),
            recovery=self.grace_period,
        )
        job = self.hook.run(flow, deadline)
        self.submitted(job.id)
        return self.wait(job.id) or job

    def complete(self, context: Context, result: Job) -> str:
        """Return the job's id."""
        self.log.info("%s, as wanted: %s.", result, self.wait_until)
        return result.id

    def _is_about(self, context: Context, job_id: str) -> None:
        """Note the job that a kill of this try is about."""
        self.identity = identity_of(context)
        self.submitting(job_id)


class DliRunFlinkJobOperator(DliRunningOperator, DliJobOperator):
    """Runs a Flink job that is there, and waits until it has come as far as wanted.

    Returns the job's id; pushes ``job_id`` and ``job_url`` as well.
    """

    readers = {**DliRunningOperator.readers, **DliJobOperator.readers}
    template_fields: Sequence[str] = tuple(readers)

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Any:
        """Run the job."""
        if self.may_have_been_killed(context):
            self.outlast_kill(context, self.hook.run(self.hook.backend.find(job_id), deadline), deadline)
        return self.run_job(context, job_id, deadline)


class DliDefiningOperator(DliRunningOperator):
    """What operators share that define a Flink job and run it.

    A job of this name is created, or what differs is changed, and the log says what; then it is run. While it runs,
    DLI changes little: where more differs, the task fails and says what, and the job goes on.

    :param job_name: its name, 1 to 57 characters, which no other job of the project has. (templated)
    :param queue_name: the queue that it runs on. (templated)
    :param obs_bucket: the bucket for its checkpoints, savepoints and logs, which DLI is authorized to use. (templated)
    :param execution_agency_urn: the agency that it acts as; Flink 1.15+ reaches no bucket without one. (templated)
    :param flink_version: the version of Flink, as in ``1.15``. (templated)
    :param flink_configuration: settings of Flink for this job, all of them: others that the job has on DLI are removed,
        with ``{}`` all. None, the default, leaves them as they are on DLI. (templated)
    :param settings: other settings of such a job, in DLI's own words, as in ``{"parallel_number": 2}``. Where DLI
        documents a default, a setting that is not among them has that. None, the default, leaves all as they are on
        DLI. (templated)
    :param tags: its tags, given when it is created. (templated)
    """

    readers = {
        **DliRunningOperator.readers,
        "job_name": job_title,
        "queue_name": text,
        "obs_bucket": optional(text),
        "execution_agency_urn": optional(text),
        "flink_version": optional(text),
        "flink_configuration": optional(settings),
        "settings": optional(mapping),
        "tags": settings,
    }
    template_fields: Sequence[str] = tuple(readers)
    template_fields_renderers = {"flink_configuration": "json", "settings": "json", "tags": "json"}

    def __init__(
        self,
        *,
        job_name: str,
        queue_name: str,
        obs_bucket: str | None = None,
        execution_agency_urn: str | None = None,
        flink_version: str | None = None,
        flink_configuration: Mapping[str, str] | None = None,
        settings: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.check(
            job_name=job_name,
            queue_name=queue_name,
            obs_bucket=obs_bucket,
            execution_agency_urn=execution_agency_urn,
            flink_version=flink_version,
            flink_configuration=flink_configuration,
            settings=settings,
            tags=tags,
        )
        self.job_name = job_name
        self.queue_name = queue_name
        self.obs_bucket = obs_bucket
        self.execution_agency_urn = execution_agency_urn
        self.flink_version = flink_version
        self.flink_configuration = flink_configuration
        self.settings = settings
        self.tags = tags

    def begin(self, context: Context, deadline: float | None) -> Any:
        """Define the job, and run it."""
        from airflow_provider_dli.jobs.dli.definition import define

        definition = self.definition()
        if self.may_have_been_killed(context):
            # Before it is defined: while it runs, little can be changed.
            self.outlast_kill(context, self.hook.run(self.hook.backend.named(definition.name), deadline), deadline)
        job_id = self.hook.run(define(self.hook.backend, definition, self.grace_period), deadline)
        self.publish(context, job_id)
        return self.run_job(context, job_id, deadline)

    def definition(self) -> Definition:
        """Return how the job is to be."""
        raise NotImplementedError

    def defined(self, kind: str, members: Mapping[str, Any]) -> Definition:
        """Return the definition of the job.

        :param kind: of a jar or of SQL.
        :param members: its settings.
        """
        from airflow_provider_dli.jobs.dli.definition import Definition

        return Definition(kind, self.job_name, members, self.tags or None, is_complete=self.settings is not None)

    def shared(self) -> dict[str, Any]:
        """Return the settings of jobs of both kinds."""
        return {
            "queue_name": self.queue_name,
            "obs_bucket": self.obs_bucket,
            "execution_agency_urn": self.execution_agency_urn,
            "flink_version": self.flink_version,
            "runtime_config": self.flink_configuration,
            **(self.settings or {}),
        }


class DliFlinkJarJobOperator(DliDefiningOperator):
    """Defines a Flink job of a jar, runs it, and waits until it has come as far as wanted.

    Returns the job's id; pushes ``job_id`` and ``job_url`` as well, as soon as the job is there.

    :param jar: its path in OBS, as in ``obs://bucket/job.jar``, or group and name of a package. (templated)
    :param entry_class: the class whose ``main`` runs; None for the one in the jar's manifest. (templated)
    :param arguments: the arguments of ``main``, as a list; DLI separates them by spaces, so none may have one.
        (templated)
    """

    readers = {
        **DliDefiningOperator.readers,
        "jar": file_in_obs,
        "entry_class": optional(text),
        "arguments": words_without_blanks,
    }
    template_fields: Sequence[str] = tuple(readers)
    template_fields_renderers = {**DliDefiningOperator.template_fields_renderers, "arguments": "json"}

    def __init__(
        self, *, jar: str, entry_class: str | None = None, arguments: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.check(jar=jar, entry_class=entry_class, arguments=arguments)
        self.jar = jar
        self.entry_class = entry_class
        self.arguments = arguments

    def definition(self) -> Definition:
        """Return how the job is to be."""
        from airflow_provider_dli.jobs.dli.definition import JAR

        members = {
            **self.shared(),
            "entrypoint": self.jar,
            # Empty ones are sent as well: they take back what an earlier version of the DAG has given.
            "main_class": self.entry_class or "",
            "entrypoint_args": " ".join(self.arguments),
        }
        return self.defined(JAR, members)


class DliFlinkSqlJobOperator(DliDefiningOperator):
    """Defines a Flink job of SQL, runs it, and waits until it has come as far as wanted.

    Returns the job's id; pushes ``job_id`` and ``job_url`` as well, as soon as the job is there.

    :param sql: its statements; a name without blanks that ends in ``.sql`` is a template file. (templated)
    :param job_type: ``flink_opensource_sql_job``, or ``flink_sql_job`` for DLI's own dialect.
    """

    readers = {**DliDefiningOperator.readers, "sql": text}
    template_fields: Sequence[str] = tuple(readers)
    file_fields = ("sql",)
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers = {**DliDefiningOperator.template_fields_renderers, "sql": "sql"}

    def __init__(self, *, sql: str, job_type: str = "flink_opensource_sql_job", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(sql=sql)
        self.sql = sql
        self.job_type = job_type

    def definition(self) -> Definition:
        """Return how the job is to be."""
        from airflow_provider_dli.jobs.dli.definition import SQL

        members = {**self.shared(), "sql_body": self.sql, "job_type": self.job_type}
        return self.defined(SQL, members)
