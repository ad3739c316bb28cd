"""What all operators for Flink share."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.operators.flow_task import DEFERRABLE, FlowTask
from airflow_provider_dli.operators.parameters import check_job, positive

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context


class FlinkOperator(FlowTask, BaseOperator):
    """What all operators here share.

    :param flink_conn_id: the connection. (templated)
    :param deferrable: whether waits go on in the triggerer.
    :param poll_interval: seconds between two looks, above 0.
    :param timeout: seconds that the task may wait; None for as long as it takes.
    :param grace_period: seconds for which a hiccup of the cluster is ridden out.
    """

    ui_color = "#f5d6e0"
    template_fields: Sequence[str] = ("flink_conn_id",)

    def __init__(
        self,
        *,
        flink_conn_id: str = "flink_default",
        deferrable: bool = DEFERRABLE,
        poll_interval: float = 10.0,
        timeout: float | timedelta | None = None,
        grace_period: float = 60.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set_up(flink_conn_id, deferrable, poll_interval, grace_period)
        self.timeout = None if timeout is None else positive("timeout", timeout)

    def execute(self, context: Context) -> Any:
        """Begin, and wait for the end here or in the triggerer.

        :param context: the task's context.
        """
        with self.failing_as_airflow_wants(context):
            deadline = time.time() + self.timeout if self.timeout else None
            begun = self.begin(context, deadline)
            result = self.run_or_defer(begun, deadline) if isinstance(begun, Call) else begun
            return self.complete(context, result)

    def begin(self, context: Context, deadline: float | None) -> Any:
        """Do what has to be done at once; return the call of the flow to wait for, or the result."""
        raise NotImplementedError

    def publish(self, context: Context, job_id: str) -> None:
        """Tell which job this task is about: the link works from now on."""
        FlinkJobLink.push(context, self.hook.backend.job_url(job_id))
        context["ti"].xcom_push(key="job_id", value=job_id)


class FlinkJobOperator(FlinkOperator):
    """What operators share that do something with a job that is there.

    :param job_id: the job's id, 32 hex digits, or (templated)
    :param job_name: its exact name; of several, the one that has not ended. (templated)
    """

    template_fields: Sequence[str] = (*FlinkOperator.template_fields, "job_id", "job_name")

    def __init__(self, *, job_id: str | None = None, job_name: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_job(job_id, job_name)
        self.job_id = job_id
        self.job_name = job_name

    def begin(self, context: Context, deadline: float | None) -> Any:
        """Find the job, publish it, and begin."""
        job_id = self.find_job_id(self.job_id, self.job_name)
        self.publish(context, job_id)
        return self.begin_with(context, job_id, deadline)

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Any:
        """Do what has to be done at once; return the call of the flow to wait for, or the result."""
        raise NotImplementedError
