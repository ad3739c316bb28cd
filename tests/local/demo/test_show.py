from __future__ import annotations

from io import StringIO
from typing import Any, cast

import pytest

from airflow_provider_dli.local.airflow.errors import AirflowStartError
from airflow_provider_dli.local.demo import show
from airflow_provider_dli.local.demo.display import PlainDisplay
from airflow_provider_dli.local.demo.errors import DemoError
from airflow_provider_dli.local.demo.outcome import Outcome
from airflow_provider_dli.local.demo.scene import Scene
from airflow_provider_dli.local.demo.show import Show
from airflow_provider_dli.local.demo.stage import Stage
from airflow_provider_dli.rest.patience import WaitTimedOut
from tests.local.demo.scenes import CLICKS, job, run


class Theatre:
    """Stands in for the stage and for what looks at it: each DAG ends after one look, as it was told to."""

    address = client = ""

    def __init__(self, **states: str) -> None:
        self.states = states
        self.scene = Scene()
        self.started: list[str] = []
        self.looks = 0
        self.died_after = 1000
        self.airflow = self.flink = self.dli = self

    def start(self, dag_id: str) -> None:
        if self.states.get(dag_id) == "missing":
            raise WaitTimedOut(60, f"there is no DAG {dag_id!r} yet")
        self.started.append(dag_id)

    def look(self) -> Scene:
        self.looks += 1
        ended = [run(dag_id, state=self.states.get(dag_id, "success")) for dag_id in self.started]
        restored = 1 if self.looks > 4 else None
        self.scene = Scene(tuple(ended), (job(CLICKS, "clicks", restored=restored),))
        return self.scene

    def outcome(self) -> Outcome:
        return Outcome(self.scene)

    def require_alive(self) -> None:
        if self.looks >= self.died_after:
            raise AirflowStartError("Airflow's scheduler ended.")


def show_on(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.setattr(show, "Observer", lambda *_: theatre)
    monkeypatch.setattr(show, "Project", lambda _: None)
    monkeypatch.setattr(show, "_LOOK_EVERY", 0)
    stage: Any = theatre
    return Show(cast("Stage", stage), PlainDisplay(StringIO(), lambda: 0.0)).run()


def test_the_dags_run_one_after_the_other_until_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    theatre = Theatre()
    outcome = show_on(theatre, monkeypatch)
    assert theatre.started == [
        "batch_then_stream",
        "nightly_savepoint_backup",
        "run_watch_stop",
        "batch_then_stream_on_dli",
    ]
    assert outcome.scene.jobs[0].restored == 1


def test_after_one_that_failed_no_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    theatre = Theatre(nightly_savepoint_backup="failed")
    outcome = show_on(theatre, monkeypatch)
    assert [seen.run.state for seen in outcome.scene.runs] == ["success", "failed"]


def test_one_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "_DAG_PATIENCE", 0)
    outcome = show_on(Theatre(batch_then_stream="running"), monkeypatch)
    assert [seen.run.state for seen in outcome.scene.runs] == ["running"]


def test_a_dag_that_is_not_there_ends_it_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DemoError, match="there is no DAG 'batch_then_stream' yet"):
        show_on(Theatre(batch_then_stream="missing"), monkeypatch)


def test_an_airflow_that_died_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    theatre = Theatre()
    theatre.died_after = 2
    with pytest.raises(AirflowStartError, match="scheduler ended"):
        show_on(theatre, monkeypatch)
