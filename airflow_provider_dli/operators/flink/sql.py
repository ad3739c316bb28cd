"""An operator for SQL, through Flink's SQL Gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import JobError, JobFailed, StatementFailed, SubmissionUnclear
from airflow_provider_dli.jobs.model import Job, JobState, WaitUntil
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.jobs.statements import Statement, StatementResult, StatementResults, split
from airflow_provider_dli.jobs.submit import find_started, record_end, record_failure, record_jobs, record_start
from airflow_provider_dli.operators.flink.restoring import FlinkRestoringOperator
from airflow_provider_dli.rest.deadline import after
from airflow_provider_dli.rest.redaction import shown_path
from airflow_provider_dli.tasks.identity import identity_of
from airflow_provider_dli.tasks.parameters import directory, location, not_negative, optional, settings, text, texts
from airflow_provider_dli.tasks.starting_operator import SECONDS_LEFT_BY_A_KILL

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class FlinkSqlOperator(FlinkRestoringOperator):
    """Executes SQL through the SQL Gateway that the connection's ``sql_gateway`` names, in a session of its own.

    Statements are executed one after the other. Where the last one starts a job, as an ``INSERT`` does, the task waits
    until that has come as far as wanted, and returns its id; ``job_id`` and ``job_url`` are pushed as well. Where it is
    a query, the task returns its rows, as a list of dicts. Else it returns nothing.

    A retry executes the statements again in a new session, but not an ``INSERT`` whose job an earlier try has started:
    jobs get ids of this task's own, by which they are found also when an answer was lost, or when the statement of a
    try that was killed is still at work. The SQL Gateway has no id for a statement itself: whether one that starts no
    job was executed, nobody can tell, and it is executed again. So let statements bear repetition, as ``CREATE TABLE IF
    NOT EXISTS`` does. The statements are executed on a worker, also when ``deferrable``; what is deferred is the wait
    for the job. What ``restore_from`` names is for a script that starts one job.

    :param sql: a script, or a list of statements; a name without blanks that ends in ``.sql`` is a template file.
        (templated)
    :param flink_configuration: settings of Flink for the session. (templated)
    :param job_name: the name of the jobs. (templated)
    :param max_rows: how many rows of a query are returned at most, 0 or more; a query that has more is ended, and the
        log says so.
    :param savepoint_directory: where ``stop_with_savepoint`` writes; None for the cluster's default. (templated)
    """

    readers = {
        **FlinkRestoringOperator.readers,
        "sql": texts,
        "flink_configuration": settings,
        "job_name": optional(text),
        "restore_from": optional(location),
        "savepoint_directory": optional(directory),
    }
    template_fields: Sequence[str] = tuple(readers)
    file_fields = ("sql",)
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers = {"sql": "sql", "flink_configuration": "json"}

    def __init__(
        self,
        *,
        sql: str | Sequence[str],
        flink_configuration: Mapping[str, str] | None = None,
        job_name: str | None = None,
        max_rows: int = 1000,
        savepoint_directory: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.check(
            sql=sql,
            flink_configuration=flink_configuration,
            job_name=job_name,
            savepoint_directory=savepoint_directory,
        )
        self.sql = sql
        self.flink_configuration = flink_configuration
        self.job_name = job_name
        self.max_rows = int(not_negative("max_rows", max_rows))
        self.savepoint_directory = savepoint_directory
        self._session: str | None = None
        # Jobs of earlier tries, as they were found.
        self._found: dict[str, Job] = {}

    def begin(self, context: Context, deadline: float | None) -> Any:
        """Execute the statements; return the call of the flow to wait for, or what the last one has returned."""
        self.identity = identity_of(context)
        results = self._executed(context, deadline)
        if results.job_id and results.results[-1].job_id == results.job_id:
            waiting = self.started(context, results.job_id)
            found = self._found.get(results.job_id)
            # The cluster may have forgotten one that the ledger knows to have finished.
            return found if found and found.state is JobState.FINISHED else waiting or results.job_id
        return self._rows(results.results[-1])

    def complete(self, context: Context, result: Any) -> Any:
        """Return the job's id, or the rows."""
        if isinstance(result, Job):
            self.hook.run(record_end(self._last_attempt(context), ProgramRun(result.id, (result,))))
            self.log.info("%s, as wanted: %s.", result, self.wait_until)
            return result.id
        return result

    def failed(self, context: Context, error: JobError) -> None:
        """Keep what must not be lost of an error, before it is raised."""
        if isinstance(error, JobFailed):
            self.hook.run(record_failure(self._last_attempt(context)))
        super().failed(context, error)

    def on_kill(self) -> None:
        """Close the session, with what is at work in it, and do with the job what ``on_kill`` says."""
        until = after(SECONDS_LEFT_BY_A_KILL)
        if self._session:
            from airflow_provider_dli.jobs.sql import close_session

            flow = close_session(self.hook.sql_gate, session=self._session)
            self.hook.run_apart_on_sql_gateway(flow, SECONDS_LEFT_BY_A_KILL / 2)
        self.end_job_by(until)

    def _executed(self, context: Context, deadline: float | None) -> StatementResults:
        """Execute the statements; where the job of one is there in spite of an error, go on with that."""
        from airflow_provider_dli.jobs.sql import job_despite

        statements = self._statements()
        attempts = {one.number: self.attempt(context, _job(one.number)) for one in statements if one.starts_job}
        try:
            return self._execute(context, statements, attempts, deadline)
        except (StatementFailed, SubmissionUnclear) as error:
            if not self.hook.run(job_despite(self.hook.backend, error=error), deadline):
                raise
        # What has one of the ids now is of this try: no age tells otherwise.
        attempts = {
            number: replace(attempt, run_age=None, follows_success=False) for number, attempt in attempts.items()
        }
        return self._execute(context, statements, attempts, deadline)

    def _execute(
        self,
        context: Context,
        statements: Sequence[Statement],
        attempts: Mapping[int, Attempt],
        deadline: float | None,
    ) -> StatementResults:
        from airflow_provider_dli.jobs.sql import run_statements

        there, free = self._jobs(attempts, deadline)
        state = self._state(context, free, deadline)
        if free:
            initial = f"from {shown_path(state)}" if state else "without initial state"
            self.log.info("Submitting %s, %s.", ", ".join(f"job {job_id}" for job_id in free.values()), initial)
        properties = self._properties(state)
        flow = run_statements(
            self.hook.sql_gate,
            statements=[statement.text for statement in statements],
            poll_interval=self.poll_interval,
            properties=properties,
            session_name=self.task_id,
            job_name=self.job_name,
            job_ids=free,
            job_settings={number: self._mark(statements, properties, free[number]) for number in free},
            there=there,
            max_rows=self.max_rows,
            opened=self._opened,
        )
        for number, job_id in free.items():
            self.hook.run(record_start(self.hook.backend, attempts[number], job_id), deadline)
        if free:
            self.submitting(list(free.values())[-1])
        results = self.hook.run_on_sql_gateway(flow, deadline)
        self._session = None
        for number in free:
            started = results.results[number - 1].job_id
            if started:
                self.hook.run(record_jobs(attempts[number], [started]), deadline)
                self.log.info("Submitted: job %s, by statement %d.", started, number)
        return results

    def _last_attempt(self, context: Context) -> Attempt:
        """Return the attempt at the job of the last statement, which is the one that is waited for."""
        return self.attempt(context, _job(len(self._statements())))

    def _opened(self, session: str) -> None:
        self._session = session

    def _jobs(self, attempts: Mapping[int, Attempt], deadline: float | None) -> tuple[dict[int, str], dict[int, str]]:
        """Return the jobs that earlier tries have started, and the ids for those to start, by statement."""
        there: dict[int, str] = {}
        free: dict[int, str] = {}
        is_bounded = self.wait_until == WaitUntil.FINISHED.value
        for number, attempt in attempts.items():
            found = self.hook.run(find_started(self.hook.backend, attempt, is_bounded=is_bounded), deadline)
            if found.job:
                there[number] = found.job.id
                self._found[found.job.id] = found.job
            else:
                free[number] = found.free[0]
        return there, free

    def _statements(self) -> list[Statement]:
        parts = [part for one in self.sql for part in split(one)]
        if not parts:
            raise ValueError("sql has no statement in it.")
        return [Statement(part, number, len(parts)) for number, part in enumerate(parts, 1)]

    def _state(self, context: Context, free: Mapping[int, str], deadline: float | None) -> str | None:
        """Return the path of the state that the job to be started starts from; None for none."""
        if not self.wants_latest:
            return self.restore_from
        if len(free) > 1:
            told = f"restore_from='latest' is for a script that starts one job; this one starts {len(free)}."
            raise ValueError(f"{told} Put its INSERTs into one STATEMENT SET.")
        return next((self.hook.run(self.path_to_start_from(context, _job(one)), deadline) for one in free), None)

    def _properties(self, state: str | None) -> dict[str, str]:
        properties = dict(self.flink_configuration or {})
        if state:
            dialect = self.hook.api.dialect()
            properties[dialect.restore_key] = state
        return properties

    def _mark(self, statements: Sequence[Statement], properties: Mapping[str, str], job_id: str) -> dict[str, str]:
        """Return the settings that mark a job as this task's; none where the script sets these itself."""
        from airflow_provider_dli.jobs.flink import marks

        if any(marks.GLOBAL_JOB_PARAMETERS in statement.text for statement in statements):
            return {}
        choices = {"on_kill": self.kill_choice, "wait_until": self.wait_until}
        return marks.configuration(self.identity, properties, program_id=job_id, **choices)

    def _rows(self, result: StatementResult) -> list[dict[str, Any]] | None:
        if not result.is_query:
            return None
        if result.truncated:
            self.log.warning("The query has more than %d rows, or may have: the rest is left out.", self.max_rows)
        return [dict(row) for row in result.rows]


def _job(number: int) -> str:
    """Return what the ids of the jobs of a statement are derived for."""
    return f"sql {number}"
