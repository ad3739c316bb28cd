"""A Flink, a DLI in front of it, and an Airflow that knows both, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airflow_provider_dli.local.airflow.local_airflow import LocalAirflow
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo.plan import BUCKET
from airflow_provider_dli.local.dli.emulator import LocalDli

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
    :param dli: the DLI, whose jobs run on that Flink.
    :param airflow: the Airflow, with the connections ``flink_default`` and ``dli_default`` to them.
    """

    flink: LocalFlink
    dli: LocalDli
    airflow: LocalAirflow


@contextmanager
def stage(dags: Path, flink_version: str, tell: Callable[[str], None]) -> Iterator[Stage]:
    """Bring up a Flink, a DLI and an Airflow, all at the same time, for as long as the ``with`` block lasts.

    :param dags: the folder with the DAG files.
    :param flink_version: Flink's version.
    :param tell: is told how far it is.
    :raises LocalError: if one of them does not come up, with the reason.
    """
    flink = LocalFlink(flink_version, configuration=_FRESH)
    dli = LocalDli(flink=flink.address)
    airflow = LocalAirflow(dags, connections=_connections(flink, dli), settings=_SETTINGS)
    tell(f"Starting Flink {flink.version} and Airflow {airflow.version} ...")
    with ExitStack() as stack:
        stack.callback(airflow.stop)
        airflow.launch()
        stack.enter_context(flink)
        tell(f"Flink {flink.version} is up at {flink.address}")
        stack.enter_context(dli)
        (dli.obs / BUCKET).mkdir()
        tell(f"A DLI whose jobs run there is up at {dli.address}")
        airflow.wait_until_healthy()
        tell(f"Airflow {airflow.version} is up at {airflow.address}")
        yield Stage(flink, dli, airflow)


def _connections(flink: LocalFlink, dli: LocalDli) -> dict[str, dict[str, Any]]:
    to_flink = {"conn_type": "flink", "host": flink.host, "port": flink.port}
    extra = {"endpoint": dli.address, "region": dli.settings.region, "object_store": dli.obs.as_uri()}
    keys = {"login": dli.settings.access_key, "password": dli.settings.secret_key}
    return {"flink_default": to_flink, "dli_default": {"conn_type": "dli", **keys, "extra": extra}}
