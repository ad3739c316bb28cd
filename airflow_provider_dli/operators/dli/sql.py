"""An operator for SQL on DLI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.links.dli import DliJobLink
from airflow_provider_dli.operators.dli.batches import DliBatchOperator
from airflow_provider_dli.tasks.dli import DLI_SQL
from airflow_provider_dli.tasks.identity import attempt_of
from airflow_provider_dli.tasks.parameters import optional, settings, text, whole

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_dli.hooks.dli import DliSqlHook

_MOST_ROWS = 1000


class DliSqlOperator(DliBatchOperator):
    """Executes a SQL statement, and waits for its end.

    Returns the rows of a query, as a list of dicts, as far as ``max_rows`` allows; nothing for any other statement.
    Pushes ``job_id``, ``job_url`` and, where DLI keeps the whole result in OBS, ``result_path``. A tag of the task
    instance marks the job, by which a retry finds the one that an earlier try has submitted.

    :param sql: one statement; a name without blanks that ends in ``.sql`` is a template file. (templated)
    :param queue_name: the queue that it runs on. (templated)
    :param database: the database in which it runs. (templated)
    :param configuration: options of DLI for the statement. (templated)
    :param tags: tags for the job. (templated)
    :param max_rows: how many rows of a query are returned at most, 1 to 1000.
    """

    place = DLI_SQL
    hook: DliSqlHook  # type: ignore[assignment]
    operator_extra_links = (DliJobLink(),)
    readers = {
        **DliBatchOperator.readers,
        "sql": text,
        "queue_name": optional(text),
        "database": optional(text),
        "configuration": settings,
        "tags": settings,
    }
    template_fields: Sequence[str] = tuple(readers)
    file_fields = ("sql",)
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers = {"sql": "sql", "configuration": "json", "tags": "json"}

    def __init__(
        self,
        *,
        sql: str,
        queue_name: str | None = None,
        database: str | None = None,
        configuration: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        max_rows: int = _MOST_ROWS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.check(sql=sql, queue_name=queue_name, database=database, configuration=configuration, tags=tags)
        self.sql = sql
        self.queue_name = queue_name
        self.database = database
        self.configuration = configuration
        self.tags = tags
        self.max_rows = whole("max_rows", max_rows)
        if self.max_rows > _MOST_ROWS:
            raise ValueError(f"max_rows must not be above {_MOST_ROWS}, which is what DLI shows; got {max_rows!r}.")

    def begin(self, context: Context, deadline: float | None) -> Any:
        """Submit the statement, or find the job of an earlier try."""
        from airflow_provider_dli.jobs.dli.sql import submit_statement

        attempt = attempt_of(context, "sql")
        self.identity = attempt.identity
        flow = submit_statement(self.hook.backend, attempt=attempt, statement=self._statement())
        job_id = self.hook.run(flow, deadline)
        return self.started(context, job_id)

    def complete(self, context: Context, result: Job | None) -> list[dict[str, Any]] | None:
        """Return the rows of a query that has finished."""
        if result is None or not result.has_ended:
            return None
        from airflow_provider_dli.jobs.dli.sql import fetch_result

        flow = fetch_result(self.hook.backend, job_id=result.id, limit=self.max_rows, queue_name=self.queue_name)
        fetched = self.hook.run(flow)
        if fetched.path:
            self.make_known(context, result_path=fetched.path)
        if fetched.rows is not None and (fetched.row_count or 0) > len(fetched.rows):
            self.log.warning("The query has %d rows; %d of them are returned.", fetched.row_count, len(fetched.rows))
        return fetched.rows

    def _statement(self) -> dict[str, Any]:
        return {
            "sql": self.sql,
            "queue_name": self.queue_name,
            "currentdb": self.database,
            "conf": self.configuration or None,
            "tags": self.tags or None,
        }
