"""The link from a task to its job's page, wherever that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

JOB_URL = "job_url"


class JobLink(BaseOperatorLink):
    """Leads to the job's page."""

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address that was pushed for a task instance; empty where none was.

        :param operator: the task.
        :param ti_key: the task instance.
        """
        return XCom.get_value(ti_key=ti_key, key=JOB_URL) or ""

    @classmethod
    def push(cls, context: Context, url: str) -> None:
        """Make the link work from now on, and not only when the task has ended.

        :param context: the task's context.
        :param url: the job's page.
        """
        ti = context["ti"]
        ti.xcom_push(key=JOB_URL, value=url)
        # Airflow 3 shows what stands under this key, and would write it only at the end.
        ti.xcom_push(key=f"_link_{cls.__name__}", value=url)
