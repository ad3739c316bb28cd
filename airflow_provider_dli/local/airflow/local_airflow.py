"""A real Airflow on this machine: API server, scheduler, DAG processor and triggerer, as child processes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from airflow_provider_dli.local.airflow import api, triggerers
from airflow_provider_dli.local.airflow.api import DagRun, Health
from airflow_provider_dli.local.airflow.client import AirflowClient
from airflow_provider_dli.local.airflow.component import API_SERVER, COMPONENTS, TRIGGERER, Component
from airflow_provider_dli.local.airflow.database import put_empty_database
from airflow_provider_dli.local.airflow.diagnosis import why_ended
from airflow_provider_dli.local.airflow.errors import AirflowStartError
from airflow_provider_dli.local.airflow.settings import environment, of_api_server
from airflow_provider_dli.local.airflow.version import version
from airflow_provider_dli.local.lifetime import Lifetime
from airflow_provider_dli.local.ports import HOST, free_port, require_free
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.sync import Sender
from airflow_provider_dli.rest.target import Target

#: Seconds that it may take to come up: 10 on a quick machine, many more when Python compiles all of it first.
_PATIENCE: Final = 180
#: Seconds between two looks at an Airflow that comes up.
_LOOK_EVERY: Final = 0.1


class LocalAirflow(Lifetime):
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
        self._database = self.directory / "airflow.db"
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
            for kind in COMPONENTS:
                self._launch(kind, kind)

    def wait_until_healthy(self) -> None:
        """Wait until all components are healthy.

        :raises AirflowStartError: if one of them has ended, or they take too long; nothing runs then.
        """
        with self._stopping_on_error():
            self._await(self._components)

    def stop(self) -> None:
        """End all components with all that they have started, and remove their directory."""
        for component in self._components.values():
            # Nothing of it is kept, and an orderly end takes seconds.
            component.kill()
        self._components.clear()
        self._temporary.cleanup()

    def restart(self, name: str) -> None:
        """End a component, unless it has ended already, and start it again; return when it is healthy.

        :param name: its name among the :attr:`components`.
        """
        component = self._components[name]
        component.end()
        component.wait()
        self._launch(name, component.kind)
        self._await([name])

    def start_another_triggerer(self) -> Component:
        """Start one more triggerer, beside those that there are; return it when it is there.

        It takes over the triggers of one whose last sign of life is older than the setting
        ``TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD`` says.
        """
        name = f"{TRIGGERER}-{len(self._triggerers()) + 1}"
        self._launch(name, TRIGGERER)
        self._await([name])
        return self._components[name]

    def triggerer_of(self, run: DagRun, task_id: str) -> Component | None:
        """Return the triggerer that is to run a deferred task's trigger; None while none is.

        :param run: the run.
        :param task_id: the task.
        """
        job = self.client.send(triggerers.triggerer_of(run.dag_id, run.run_id, task_id))
        return next((one for one in self._triggerers() if job is not None and self._job_of(one) == job), None)

    def require_alive(self) -> None:
        """Make sure that all components run.

        :raises AirflowStartError: if one of them has ended, with what it wrote last.
        """
        self._require_alive(self._components)

    def _require_alive(self, names: Iterable[str]) -> None:
        for name in names:
            if not self._components[name].is_alive:
                raise AirflowStartError(why_ended(name, self._log(name)))

    def _write_files(self) -> None:
        self.logs.mkdir()
        # An empty one: the components would all write the defaults into it at the same time.
        (self.directory / "airflow.cfg").touch()
        put_empty_database(self._database, self._environment)

    def _launch(self, name: str, kind: str) -> None:
        own = of_api_server(self.directory) if kind == API_SERVER else {}
        self._components[name] = Component(kind, {**self._environment, **own}, self._log(name), self._database)

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _triggerers(self) -> list[Component]:
        return [one for one in self._components.values() if one.kind == TRIGGERER]

    def _job_of(self, triggerer: Component) -> int | None:
        # The next one is started when this one is there.
        return self.client.send(triggerers.first_triggerer_since(triggerer.started))

    def _await(self, names: Collection[str]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while missing := self._missing(names):
            # It is the API server that tells how the others are.
            self._require_alive([API_SERVER, *names])
            if time.monotonic() > deadline:
                raise AirflowStartError(f"Airflow's {', '.join(missing)} did not come up within {_PATIENCE} s.")
            time.sleep(_LOOK_EVERY)

    def _missing(self, names: Iterable[str]) -> list[str]:
        try:
            health = self._sender.send(api.health())
        except RestError:
            return [API_SERVER]
        return [name for name in names if not self._is_up(self._components[name], health)]

    def _is_up(self, component: Component, health: Mapping[str, Health]) -> bool:
        # The health of a kind is that of any of the kind, and only triggerers can be many.
        return _is_healthy(component, health) and (component.kind != TRIGGERER or self._job_of(component) is not None)


def _require_folder(dags: Path) -> None:
    if not dags.is_dir():
        raise AirflowStartError(f"There is no folder {dags}: give the one with the DAG files.")


def _is_healthy(component: Component, health: Mapping[str, Health]) -> bool:
    """Tell whether a component, or one of its kind, has given a sign of life since it was started.

    The API server's is its answer.
    """
    told = health.get(component.kind.replace("-", "_"))
    beat = (told.heartbeat or 0.0) if told and told.is_healthy else 0.0
    return component.kind == API_SERVER or beat >= component.started
