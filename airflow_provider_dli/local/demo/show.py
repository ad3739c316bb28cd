"""The demo itself: the DAGs run one after the other, and everybody can watch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from airflow_provider_dli.local.demo.display import Display
from airflow_provider_dli.local.demo.errors import DemoError
from airflow_provider_dli.local.demo.observer import Observer
from airflow_provider_dli.local.demo.outcome import Outcome
from airflow_provider_dli.local.demo.plan import DAGS
from airflow_provider_dli.local.demo.project import Project
from airflow_provider_dli.local.demo.scene import Scene
from airflow_provider_dli.local.demo.stage import Stage
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.patience import WaitTimedOut

#: Seconds between two looks.
_LOOK_EVERY: Final = 0.25
#: Seconds that a DAG may take; what has not ended by then has not succeeded.
_DAG_PATIENCE: Final = 180
#: Seconds within which Flink tells from which state a job has begun.
_METRIC_PATIENCE: Final = 20


class Show:
    """Runs the DAGs, and shows what happens.

    :param stage: what they run on.
    :param display: shows it.
    """

    def __init__(self, stage: Stage, display: Display) -> None:
        self._airflow = stage.airflow
        self._observer = Observer(stage.airflow.client, stage.flink.address, Project(stage.dli))
        self._display = display

    def run(self) -> Outcome:
        """Run the DAGs, up to the first that fails, and return what came of it.

        :raises LocalError: if Airflow or Flink do not stay up.
        """
        try:
            self._run_all()
            return self._observer.outcome()
        except (RestError, WaitTimedOut) as error:
            self._airflow.require_alive()
            raise DemoError(str(error)) from error

    def _run_all(self) -> None:
        for dag_id in DAGS:
            self._observer.start(dag_id)
            self._watch(_last_run_has_ended, _DAG_PATIENCE)
            if self._observer.scene.runs[-1].run.state != "success":
                return
        self._watch(_all_is_told, _METRIC_PATIENCE)

    def _watch(self, enough: Callable[[Scene], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not enough(self._look()) and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY)

    def _look(self) -> Scene:
        self._airflow.require_alive()
        scene = self._observer.look()
        self._display.show(scene)
        return scene


def _last_run_has_ended(scene: Scene) -> bool:
    return scene.runs[-1].run.has_ended


def _all_is_told(scene: Scene) -> bool:
    """Tell whether Flink has said, of all jobs that run, from which state they have begun."""
    return all(seen.restored is not None for seen in scene.jobs if not seen.job.has_ended)
