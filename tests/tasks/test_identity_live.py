"""Identity of a task instance under a real scheduler, API server and triggerer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.airflow import api
from airflow_provider_dli.local.airflow.local_airflow import LocalAirflow
from tests.local.waiting import wait_until

pytestmark = [pytest.mark.live, pytest.mark.long]

DAGS = """
import json
from dataclasses import astuple
from datetime import timedelta
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator, dag
from airflow_provider_dli.tasks.identity import attempt_of, ledger_of

class Notes(BaseOperator):
    "Notes its attempt; the first try of a run fails, the later ones are deferred."
    def execute(self, context):
        self.note(context)
        ledger_of(context).open()
        if context["ti"].try_number == 1:
            raise ValueError("again")
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=6)), method_name="resume")
    def resume(self, context, event):
        self.note(context)
    def note(self, context):
        attempt = attempt_of(context, "run")
        entry = {
            "identity": astuple(attempt.identity), "is_retry": attempt.is_retry, "try": context["ti"].try_number,
            "earlier": [astuple(one) for one in attempt.earlier], "ages": attempt.run_age is not None,
        }
        with open(context["params"]["file"], "a") as file:
            file.write(json.dumps(entry) + "\\n")

@dag(params={"file": ""}, default_args={"retries": 1, "retry_delay": timedelta(seconds=1)})
def notes():
    Notes(task_id="it")

notes()
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAirflow]:
    folder = tmp_path_factory.mktemp("dags")
    (folder / "dags.py").write_text(DAGS)
    with LocalAirflow(folder) as airflow:
        yield airflow


def test_retries_and_deferrals_keep_it_and_clears_and_new_runs_change_it(airflow: LocalAirflow, tmp_path: Path) -> None:
    file, client = tmp_path / "notes", airflow.client

    def entries() -> list[dict[str, Any]]:
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    run = client.wait(client.start("notes", {"file": str(file)}, run_id="again"))
    assert run.state == "success"
    # First try, retry, retry resumed. Airflow may lose a trigger's event and try once more.
    first = entries()
    assert len(first) >= 3
    assert len({tuple(entry["identity"]) for entry in first}) == 1
    assert [entry["is_retry"] for entry in first[:3]] == [False, True, True]
    assert not any(entry["ages"] or entry["earlier"] for entry in first)

    client.clear(run, "it")
    assert client.wait(run).state == "success"
    cleared = entries()[len(first) :]
    assert len({tuple(entry["identity"]) for entry in cleared}) == 1
    assert cleared[0]["identity"] != first[0]["identity"]
    assert not cleared[0]["is_retry"]
    assert cleared[0]["earlier"] == [first[0]["identity"]]

    client.send(api.delete_run(run.dag_id, run.run_id))
    assert client.wait(client.start("notes", {"file": str(file)}, run_id="again")).state == "success"
    made_again = entries()[len(first) + len(cleared) :]
    assert made_again[0]["identity"] not in (first[0]["identity"], cleared[0]["identity"])
    assert (made_again[0]["is_retry"], made_again[0]["earlier"]) == (False, [])


def test_a_clear_while_it_is_deferred_changes_it(airflow: LocalAirflow, tmp_path: Path) -> None:
    file, client = tmp_path / "notes", airflow.client
    run = client.start("notes", {"file": str(file)})
    assert wait_until(lambda: any(task.state == "deferred" for task in client.tasks(run)))
    client.clear(run, "it")
    assert client.wait(run).state == "success"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    identities = [tuple(line["identity"]) for line in lines]
    assert len(set(identities)) == 2
    assert lines[identities.index(identities[-1])]["is_retry"] is False
