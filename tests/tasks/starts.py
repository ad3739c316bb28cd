"""An operator that starts a job, and finds it running at once."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_dli.operators.flink.starts import FlinkStartingOperator
from airflow_provider_dli.tasks.identity import identity_of
from tests.every_task import JOB


class Starts(FlinkStartingOperator):
    """Finds its job running."""

    savepoint_directory = None

    def begin(self, context: Context, deadline: float | None) -> Any:
        self.identity = identity_of(context)
        return self.started(context, JOB)

    def complete(self, context: Context, result: Any) -> Any:
        return result and result.id
