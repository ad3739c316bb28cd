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
        """Return the address that a task instance has pushed; empty for none.

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
        # Airflow 3 shows the value of this key, and would write it only at the end.
        _push_as_it_is(ti, f"_link_{cls.__name__}", url)


def _push_as_it_is(ti: Any, key: str, value: str) -> None:
    """Push an XCom that Airflow 3 reads without the XCom backend, as it does with links.

    A backend that stores or encrypts values elsewhere would leave a reference where Airflow looks for the value.
    """
    backend = _backend()
    if backend is None:
        ti.xcom_push(key=key, value=value)
    else:
        who = {name: getattr(ti, name) for name in ("dag_id", "run_id", "task_id", "map_index")}
        backend._set_xcom_in_db(key=key, value=value, **who)


def _backend() -> Any:
    """Return the XCom backend that is configured in Airflow 3; None for Airflow's own, and for Airflow 2."""
    try:
        from airflow.sdk import BaseXCom
        from airflow.sdk.execution_time.xcom import XCom as Backend
    except ImportError:
        return None
    return Backend if Backend is not BaseXCom and hasattr(Backend, "_set_xcom_in_db") else None
