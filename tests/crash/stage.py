"""Where things are killed: a real Airflow, a real Flink, what stands before that, and wires for each lane between."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow_provider_dli.local.airflow.component import TRIGGERER
from airflow_provider_dli.local.airflow.local_airflow import LocalAirflow
from airflow_provider_dli.local.cluster import LocalFlink
from tests.cluster import Cluster
from tests.dli_project import Project, project_on
from tests.flink.sql.gateway_on_flink import GatewayOnFlink, gateway_on
from tests.network.wire import Wire

DAGS = Path(__file__).with_name("dags")
#: Seconds that a client here waits for an answer.
READ_TIMEOUT = 4
#: What Airflow is told so that it notices within seconds that something is gone.
NOTICES_SOON = {
    "CORE__PARALLELISM": "16",
    # The DAGs do not change, and to read them again and again takes more time than the tasks.
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "86400",
    "DAG_PROCESSOR__REFRESH_INTERVAL": "86400",
    # As many tasks as are killed at once can be listed.
    "API__MAXIMUM_PAGE_LIMIT": "1000",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "1",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "2",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5",
}
FLINK_SETTINGS = {
    # A kill on a worker has four seconds, and 16 tasks share two cores: a stop may not need three of them for this.
    "rest.cache.checkpoint-statistics.timeout": "1 s",
    "metrics.fetcher.update-interval": "1000",
    "resourcemanager.standalone.start-up-time": "3600000",
}


class Stage:
    """A real Airflow, a real Flink, and in front of that DLI's emulator and an imitation of a SQL Gateway.

    :param lanes: how many experiments run at a time; each has wires of its own, and connections.
    :param flink: the Flink.
    :param project: the project on DLI.
    :param sql_gateway: the SQL Gateway.
    """

    def __init__(self, lanes: int, flink: LocalFlink, project: Project, sql_gateway: GatewayOnFlink) -> None:
        self.flink = flink
        self.cluster = Cluster(flink)
        self.project = project
        self.wires = [Wire(flink.port, self.kill_triggerer) for _ in range(lanes)]
        self.sql_wires = [Wire(sql_gateway.server.server_port, self.kill_triggerer) for _ in range(lanes)]
        self.dli_wires = [Wire(project.dli.settings.port, self.kill_triggerer) for _ in range(lanes)]
        connections = {**_connections(self.wires, self.sql_wires), **_dli_connections(project, self.dli_wires)}
        self.airflow = LocalAirflow(DAGS, connections=connections, settings=NOTICES_SOON)
        self._reviving = threading.Lock()

    def kill_triggerer(self) -> None:
        """Kill the triggerer with all that it runs, and start another one."""
        with self._reviving:
            self.airflow.components[TRIGGERER].kill()
            self.airflow.restart(TRIGGERER)


@contextmanager
def set_up(lanes: int, version: str = "2.3.0", **settings: str) -> Iterator[Stage]:
    """Run all that.

    :param lanes: how many experiments run at a time.
    :param version: Flink's version.
    :param settings: of Flink.
    """
    configuration = {**FLINK_SETTINGS, **settings}
    with (
        LocalFlink(version, slots=8 * lanes, configuration=configuration) as flink,
        project_on(flink) as project,
        gateway_on(Cluster(flink)) as sql_gateway,
    ):
        stage = Stage(lanes, flink, project, sql_gateway)
        try:
            with stage.airflow:
                yield stage
        finally:
            for wire in (*stage.wires, *stage.sql_wires, *stage.dli_wires):
                wire.close()


def _connections(wires: list[Wire], sql_wires: list[Wire]) -> Mapping[str, Mapping[str, Any]]:
    connections: dict[str, Mapping[str, Any]] = {}
    for number, (wire, sql_wire) in enumerate(zip(wires, sql_wires, strict=True)):
        extra = {"read_timeout": READ_TIMEOUT, "sql_gateway": sql_wire.address}
        connections[f"flink_{number}"] = {"conn_type": "flink", "host": wire.address, "extra": extra}
    return connections


def _dli_connections(project: Project, wires: list[Wire]) -> Mapping[str, Mapping[str, Any]]:
    """By keys, by an IAM user's token, and by the temporary keys of an agency: all at the wire's address."""
    settings = project.dli.settings
    user = {"login": settings.user, "password": settings.password}
    by_token = {"authentication": "password", "domain": settings.domain}
    by_agency = {"authentication": "agency", "agency_name": "local-agency", "agency_domain": settings.domain}
    connections: dict[str, Mapping[str, Any]] = {}
    for number, wire in enumerate(wires):
        place = {"endpoint": wire.address, "iam_endpoint": wire.address, "read_timeout": READ_TIMEOUT}
        connections[f"dli_{number}"] = project.connection(**place)
        connections[f"dli_token_{number}"] = {**project.connection(**place, **by_token), **user}
        connections[f"dli_agency_{number}"] = project.connection(**place, **by_agency)
    return connections
