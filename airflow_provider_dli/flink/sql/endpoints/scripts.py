"""Scripts: several statements that become a Flink application of their own."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import member


@SQL_GATEWAY.endpoint("POST /sessions/:session_handle/scripts", member("clusterID"), since="v4")
def deploy(
    session: str,
    *,
    script: str | None = None,
    script_uri: str | None = None,
    execution_config: Mapping[str, str] | None = None,
) -> Parts:
    """Deploy a script in application mode, on a cluster of its own, and return that cluster's id.

    Give ``script`` or ``script_uri``. A second sending deploys it a second time.

    :param session: the session's handle.
    :param script: the statements.
    :param script_uri: where the statements are, readable for the cluster.
    :param execution_config: settings of Flink for the application, by their keys; ``execution.target`` says where.
    """
    config = None if execution_config is None else dict(execution_config)
    return Parts([session], json={"script": script, "scriptUri": script_uri, "executionConfig": config})
