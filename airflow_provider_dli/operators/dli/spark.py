"""An operator for Spark batches on DLI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.links.dli import DliJobLink
from airflow_provider_dli.operators.dli.batches import DliBatchOperator
from airflow_provider_dli.tasks.dli import DLI_SPARK
from airflow_provider_dli.tasks.identity import attempt_of
from airflow_provider_dli.tasks.parameters import file_in_obs, mapping, optional, settings, text, words

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_dli.hooks.dli import DliSparkHook


class DliSparkBatchOperator(DliBatchOperator):
    """Runs a Spark program as a batch, and waits until it has come as far as wanted.

    Returns the batch's id; pushes ``job_id`` and ``job_url`` as well. A mark of the task instance is added to the name,
    by which a retry finds the batch that an earlier try has started.

    :param file: the program, a jar or a Python file: its path in OBS, or the name of a package. (templated)
    :param entry_class: the class whose ``main`` runs; empty for a Python file. (templated)
    :param arguments: the arguments of ``main``, as a list. (templated)
    :param queue_name: the queue that it runs on. (templated)
    :param job_name: its name; None for DAG and task. (templated)
    :param spark_configuration: Spark's own settings. (templated)
    :param settings: what else DLI knows of a batch, as in ``{"sc_type": "A"}``. (templated)
    """

    place = DLI_SPARK
    hook: DliSparkHook  # type: ignore[assignment]
    operator_extra_links = (DliJobLink(),)
    readers = {
        **DliBatchOperator.readers,
        "file": file_in_obs,
        "entry_class": optional(text),
        "arguments": words,
        "queue_name": text,
        "job_name": optional(text),
        "spark_configuration": settings,
        "settings": mapping,
    }
    template_fields: Sequence[str] = tuple(readers)
    template_fields_renderers = {"arguments": "json", "spark_configuration": "json", "settings": "json"}

    def __init__(
        self,
        *,
        file: str,
        queue_name: str,
        entry_class: str = "",
        arguments: Sequence[str] = (),
        job_name: str | None = None,
        spark_configuration: Mapping[str, str] | None = None,
        settings: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.check(
            file=file,
            entry_class=entry_class,
            arguments=arguments,
            queue_name=queue_name,
            job_name=job_name,
            spark_configuration=spark_configuration,
            settings=settings,
        )
        self.file = file
        self.queue_name = queue_name
        self.entry_class = entry_class
        self.arguments = arguments
        self.job_name = job_name
        self.spark_configuration = spark_configuration
        self.settings = settings

    def begin(self, context: Context, deadline: float | None) -> Any:
        """Start the batch, or find the one that an earlier try has started."""
        from airflow_provider_dli.jobs.dli.spark import start_batch

        attempt = attempt_of(context, "spark")
        self.identity = attempt.identity
        flow = start_batch(
            self.hook.backend,
            name=self.job_name or f"{self.dag_id}.{self.task_id}",
            attempt=attempt,
            batch=self._batch(),
        )
        job_id = self.hook.run(flow, deadline)
        return self.started(context, job_id) or job_id

    def complete(self, context: Context, result: Job | str) -> str:
        """Return the batch's id."""
        self.log.info("%s, as wanted: %s.", result, self.wait_until)
        return result if isinstance(result, str) else result.id

    def _batch(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "class_name": self.entry_class or "",
            "queue": self.queue_name,
            "args": self.arguments or None,
            "conf": self.spark_configuration or None,
            **(self.settings or {}),
        }
