"""A Flink and an Airflow that knows it, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airflow_provider_dli.local.airflow.local_airflow import LocalAirflow
from airflow_provider_dli.local.cluster import LocalFlink

#: Whoever watches wants numbers of now; Flink's own defaults spare big clusters.
_FRESH: Final = {"metrics.fetcher.update-interval": "1000", "web.refresh-interval": "1000"}
_SETTINGS: Final = {
    # The demo runs the DAGs when it wants to.
    "SCHEDULER__USE_JOB_SCHEDULE": "False",
    # As everywhere: a second try goes on with the job of the first.
    "CORE__DEFAULT_TASK_RETRIES": "1",
    "CORE__DEFAULT_TASK_RETRY_DELAY": "2",
}


@dataclass(frozen=True)
class Stage:
    """What the demo plays on.

    :param flink: the Flink.
    :param airflow: the Airflow, with the connection ``flink_default`` to it.
    """

    flink: LocalFlink
    airflow: LocalAirflow


@contextmanager
def stage(dags: Path, flink_version: str, tell: Callable[[str], None]) -> Iterator[Stage]:
    """Bring up a Flink and an Airflow, both at the same time, for as long as the ``with`` block lasts.

    :param dags: the folder with the DAG files.
    :param flink_version: Flink's version.
    :param tell: is told how far it is.
    :raises LocalError: if one of them does not come up, with the reason.
    """
    flink = LocalFlink(flink_version, configuration=_FRESH)
    connection = {"conn_type": "flink", "host": flink.host, "port": flink.port}
    airflow = LocalAirflow(dags, connections={"flink_default": connection}, settings=_SETTINGS)
    tell(f"Starting Flink {flink.version} and Airflow {airflow.version} ...")
    with ExitStack() as stack:
        stack.callback(airflow.stop)
        airflow.launch()
        stack.enter_context(flink)
        tell(f"Flink {flink.version} is up at {flink.address}")
        airflow.wait_until_healthy()
        tell(f"Airflow {airflow.version} is up at {airflow.address}")
        yield Stage(flink, airflow)
