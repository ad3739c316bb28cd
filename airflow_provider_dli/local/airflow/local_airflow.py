"""A real Airflow on this machine: API server, scheduler, DAG processor and triggerer, as child processes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from airflow_provider_dli.local.airflow import api
from airflow_provider_dli.local.airflow.api import Health
from airflow_provider_dli.local.airflow.client import AirflowClient
from airflow_provider_dli.local.airflow.component import API_SERVER, COMPONENTS, Component
from airflow_provider_dli.local.airflow.database import put_empty_database
from airflow_provider_dli.local.airflow.diagnosis import why_ended
from airflow_provider_dli.local.airflow.errors import AirflowStartError
from airflow_provider_dli.local.airflow.settings import environment
from airflow_provider_dli.local.airflow.version import version
from airflow_provider_dli.local.ports import HOST, free_port, require_free
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.sync import Sender
from airflow_provider_dli.rest.target import Target

#: Seconds that it may take to come up: 10 on a quick machine, many more when Python compiles all of it first.
_PATIENCE: Final = 180
#: Seconds between two looks at an Airflow that comes up.
_LOOK_EVERY: Final = 0.1


class LocalAirflow:
    """An Airflow of one's own, for as long as the ``with`` block lasts.

    It listens on 127.0.0.1 only, with SQLite and the LocalExecutor, and without the example DAGs and the settings of
    any other Airflow. Its processes end with this one, whatever ends this one.

    :param dags: the folder with the DAG files.
    :param connections: by id; what they consist of, as in ``{"flink_default": {"conn_type": "flink", ...}}``.
    :param port: where the API server and the web UI listen; 0 takes a free port.
    :param settings: further settings of Airflow, as ``SECTION__KEY``; they win.
    """

    def __init__(
        self,
        dags: str | Path,
        *,
        connections: Mapping[str, Mapping[str, Any]] | None = None,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.version = version()
        self.dags = Path(dags).absolute()
        self.port = port or free_port()
        self._temporary = tempfile.TemporaryDirectory(prefix="airflow-", ignore_cleanup_errors=True)
        #: All that it writes; gone when it stops.
        self.directory = Path(self._temporary.name)
        #: What the components write. What tasks write is in a folder for each run in there.
        self.logs = self.directory / "logs"
        self._environment = environment(self.directory, self.dags, self.port, connections or {}, settings or {})
        self._components: dict[str, Component] = {}
        self._sender = Sender(Target((self.address,)))

    @property
    def address(self) -> str:
        """Where the REST API and the web UI are."""
        return f"http://{HOST}:{self.port}"

    @cached_property
    def client(self) -> AirflowClient:
        """Runs DAGs, and looks at them."""
        return AirflowClient(self.address)

    @property
    def components(self) -> Mapping[str, Component]:
        """The components that run, by name: see :mod:`.component`."""
        return self._components

    def __enter__(self) -> LocalAirflow:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start all components; return when they are healthy.

        :raises LocalError: if they do not come up, with the reason.
        """
        self.launch()
        self.wait_until_healthy()

    def launch(self) -> None:
        """Start all components; return at once, so that something else can come up at the same time.

        :raises LocalError: if that is not possible, with the reason.
        """
        with self._stopping_on_error():
            require_free(self.port)
            _require_folder(self.dags)
            self._write_files()
            for name in COMPONENTS:
                self._launch(name)

    def wait_until_healthy(self) -> None:
        """Wait until all components are healthy.

        :raises AirflowStartError: if one of them has ended, or they take too long; nothing runs then.
        """
        with self._stopping_on_error():
            self._await_health()

    def stop(self) -> None:
        """End all components with all that they have started, and remove their directory."""
        for component in self._components.values():
            # Nothing of it is kept, and an orderly end takes seconds.
            component.kill()
        self._components.clear()
        self._temporary.cleanup()

    def restart(self, name: str) -> None:
        """End a component, unless it has ended already, and start it again; return when it is healthy.

        :param name: one of :data:`.COMPONENTS`.
        """
        self._components[name].end()
        self._components[name].wait()
        self._launch(name)
        self._await_health()

    def require_alive(self) -> None:
        """Make sure that all components run.

        :raises AirflowStartError: if one of them has ended, with what it wrote last.
        """
        for component in self._components.values():
            if not component.is_alive:
                raise AirflowStartError(why_ended(component.name, self._log(component.name)))

    @contextmanager
    def _stopping_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.stop()
            raise

    def _write_files(self) -> None:
        self.logs.mkdir()
        # An empty one: the components would all write the defaults into it at the same time.
        (self.directory / "airflow.cfg").touch()
        put_empty_database(self.directory / "airflow.db", self._environment)

    def _launch(self, name: str) -> None:
        self._components[name] = Component(name, self._environment, self._log(name))

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _await_health(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while missing := self._not_healthy():
            self.require_alive()
            if time.monotonic() > deadline:
                raise AirflowStartError(f"Airflow's {', '.join(missing)} did not come up within {_PATIENCE} s.")
            time.sleep(_LOOK_EVERY)

    def _not_healthy(self) -> list[str]:
        try:
            health = self._sender.send(api.health())
        except RestError:
            return [API_SERVER]
        return [name for name, one in self._components.items() if not _is_healthy(one, health)]


def _require_folder(dags: Path) -> None:
    if not dags.is_dir():
        raise AirflowStartError(f"There is no folder {dags}: give the one with the DAG files.")


def _is_healthy(component: Component, health: Mapping[str, Health]) -> bool:
    """Tell whether a component has given a sign of life since it was started; the API server's is its answer."""
    told = health.get(component.name.replace("-", "_"))
    beat = (told.heartbeat or 0.0) if told and told.is_healthy else 0.0
    return component.name == API_SERVER or beat >= component.started
