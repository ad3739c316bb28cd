from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from airflow_provider_dli.local.airflow import api, local_airflow
from airflow_provider_dli.local.airflow.component import API_SERVER, COMPONENTS, SCHEDULER, TRIGGERER
from airflow_provider_dli.local.airflow.errors import AirflowStartError, DagFileError
from airflow_provider_dli.local.airflow.local_airflow import LocalAirflow
from airflow_provider_dli.local.errors import StartError
from airflow_provider_dli.rest.patience import WaitTimedOut
from tests.local.waiting import is_gone, wait_until

pytestmark = pytest.mark.live

DAGS = """
import logging, time
from datetime import timedelta
from airflow.providers.standard.triggers.file import FileTrigger
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator, BaseOperatorLink, dag, task

class Page(BaseOperatorLink):
    name = "page"
    def get_link(self, operator, *, ti_key):
        return "http://page"

class Wait(BaseOperator):
    operator_extra_links = (Page(),)
    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=0.1)), method_name="go_on")
    def go_on(self, context, event):
        return "waited"

class WaitForFile(BaseOperator):
    def execute(self, context):
        trigger = FileTrigger(context["params"]["file"], poke_interval=0.1)
        self.defer(trigger=trigger, method_name="go_on")
    def go_on(self, context, event):
        return "there"

@dag(params={"name": "nobody"})
def greet():
    @task
    def hello(params=None):
        logging.getLogger(__name__).info("It greets %s", params["name"])
        return params["name"]
    hello()

@dag
def wait():
    Wait(task_id="wait")

@dag(params={"file": ""})
def wait_for_file():
    WaitForFile(task_id="wait")

@dag
def fail():
    @task
    def broken():
        raise ValueError("broken on purpose\\nwith details")
    broken()

@dag
def sleep():
    @task
    def sleeper():
        time.sleep(600)
    sleeper()

greet(), wait(), wait_for_file(), fail(), sleep()
"""

#: A triggerer gives a sign of life each second, and is taken for dead after a few.
SOON_TAKEN_FOR_DEAD = {"TRIGGERER__JOB_HEARTBEAT_SEC": "1", "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5"}

PARENT = """
import json, sys, time
from airflow_provider_dli.local.airflow.local_airflow import LocalAirflow
with LocalAirflow(sys.argv[1]) as airflow:
    run = airflow.client.start("sleep")
    while not any(task.state == "running" for task in airflow.client.tasks(run)):
        time.sleep(0.1)
    pids = [process.pid for one in airflow.components.values() for process in one.processes]
    print(json.dumps(pids), flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dags")
    (folder / "dags.py").write_text(DAGS)
    return folder


@pytest.fixture(scope="module")
def airflow(dags: Path) -> Iterator[LocalAirflow]:
    with LocalAirflow(dags) as airflow:
        yield airflow


def pids(airflow: LocalAirflow) -> list[int]:
    return [process.pid for component in airflow.components.values() for process in component.processes]


def test_all_components_are_healthy(airflow: LocalAirflow) -> None:
    health = airflow.client.send(api.health())
    assert {name for name, one in health.items() if one.is_healthy} == {
        "metadatabase",
        "scheduler",
        "triggerer",
        "dag_processor",
    }
    assert len({component.pid for component in airflow.components.values()}) == len(COMPONENTS)
    assert airflow.components[SCHEDULER].pid in {process.pid for process in airflow.components[SCHEDULER].processes}


def test_a_dag_runs_and_what_it_pushed_and_wrote_can_be_read(airflow: LocalAirflow) -> None:
    run = airflow.client.wait(airflow.client.start("greet", {"name": "Ada"}))
    (task,) = airflow.client.tasks(run)
    assert (run.state, task.state, task.try_number) == ("success", "success", 1)
    assert task.started
    assert task.ended
    assert task.ended >= task.started
    assert airflow.client.xcom(run, "hello") == "Ada"
    assert airflow.client.xcom(run, "hello", "no such key") is None
    assert "It greets Ada" in [line.text for line in airflow.client.log(run, "hello")]
    assert airflow.client.page(run) == f"{airflow.address}/dags/greet/runs/{run.run_id}"


def test_what_a_task_raised_can_be_read(airflow: LocalAirflow) -> None:
    run = airflow.client.wait(airflow.client.start("fail"))
    assert run.state == "failed"
    (error,) = [line.error for line in airflow.client.log(run, "broken") if line.error]
    assert error == "ValueError: broken on purpose\nwith details"


@pytest.mark.long
@pytest.mark.parametrize("killed", [False, True])
def test_a_triggerer_can_be_restarted(airflow: LocalAirflow, killed: bool) -> None:
    before = airflow.components[TRIGGERER].processes
    if killed:
        airflow.components[TRIGGERER].kill()
        assert all(is_gone(process.pid) for process in before)
        with pytest.raises(AirflowStartError, match="Airflow's triggerer ended"):
            airflow.require_alive()
    airflow.restart(TRIGGERER)
    assert all(is_gone(process.pid) for process in before)

    run = airflow.client.wait(airflow.client.start("wait"))
    assert run.state == "success"
    assert airflow.client.xcom(run, "wait") == "waited"
    assert airflow.client.links(run, "wait") == {"page": "http://page"}


@pytest.mark.long
def test_an_api_server_is_the_same_to_its_clients_when_it_is_back(airflow: LocalAirflow) -> None:
    airflow.components[API_SERVER].kill()
    airflow.restart(API_SERVER)
    assert airflow.client.send(api.dag("greet"))


def test_a_wait_that_takes_too_long_says_what_was_seen_last(airflow: LocalAirflow) -> None:
    run = airflow.client.start("sleep")
    with pytest.raises(WaitTimedOut, match=f"run {run.run_id} of sleep is"):
        airflow.client.wait(run, seconds=0.1)


def test_a_dag_file_that_cannot_be_read_is_named_with_the_place(airflow: LocalAirflow, dags: Path) -> None:
    (dags / "broken.py").write_text("# dag airflow\nimport nonsense\n")
    with pytest.raises(
        DagFileError, match=r"cannot read broken.py: .*No module named 'nonsense' \(.*broken.py, line 2\)"
    ):
        airflow.client.start("broken")
    (dags / "broken.py").unlink()


@pytest.mark.long
def test_components_that_were_killed_are_restarted_one_by_one(airflow: LocalAirflow) -> None:
    airflow.components[TRIGGERER].kill()
    airflow.components[SCHEDULER].kill()
    airflow.restart(SCHEDULER)
    airflow.restart(TRIGGERER)
    airflow.require_alive()


# The last one that uses it.
def test_nothing_is_left_of_one_that_was_stopped(airflow: LocalAirflow) -> None:
    before = pids(airflow)
    assert len(before) > len(COMPONENTS)
    airflow.stop()
    assert all(map(is_gone, before))
    assert not airflow.directory.exists()


@pytest.mark.long
def test_a_trigger_goes_over_to_another_triggerer(dags: Path, tmp_path: Path) -> None:
    with LocalAirflow(dags, settings=SOON_TAKEN_FOR_DEAD) as airflow:
        one, another = airflow.components[TRIGGERER], airflow.start_another_triggerer()
        assert airflow.components["triggerer-2"] is another
        assert another.is_alive

        file = tmp_path / "file"
        run = airflow.client.start("wait_for_file", {"file": str(file)})
        first = wait_until(lambda: airflow.triggerer_of(run, "wait"))
        second = another if first is one else one
        first.suspend()
        assert {process.status() for process in first.processes} == {psutil.STATUS_STOPPED}
        wait_until(lambda: airflow.triggerer_of(run, "wait") is second)
        first.resume()
        second.kill()
        wait_until(lambda: airflow.triggerer_of(run, "wait") is first)

        airflow.restart(second.name)
        file.touch()
        assert airflow.client.wait(run).state == "success"
        assert airflow.client.xcom(run, "wait") == "there"
        assert airflow.triggerer_of(run, "wait") is None
        before = pids(airflow)
    assert all(map(is_gone, before))


@pytest.mark.long
def test_nothing_is_left_of_one_whose_parent_was_killed(dags: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(dags)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": str(tmp_path)}) as parent:
        assert parent.stdout
        children = json.loads(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    assert len(children) > len(COMPONENTS)
    wait_until(lambda: all(map(is_gone, children)))


def test_a_component_that_dies_while_it_comes_up_ends_all_of_it(dags: Path) -> None:
    airflow = LocalAirflow(dags)
    airflow.launch()
    before = pids(airflow)
    airflow.components[SCHEDULER].kill()
    with pytest.raises(AirflowStartError, match=r"Airflow's scheduler ended\. It wrote last: "):
        airflow.wait_until_healthy()
    assert all(map(is_gone, before))
    assert not airflow.directory.exists()


def test_one_that_takes_too_long_is_ended(dags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_airflow, "_PATIENCE", 0)
    with pytest.raises(AirflowStartError, match="Airflow's api-server did not come up within 0 s"):
        LocalAirflow(dags).start()


def test_a_port_that_is_taken_is_told_before_anything_starts(dags: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} cannot be used"):
            LocalAirflow(dags, port=port).start()


def test_a_folder_that_is_not_there_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(AirflowStartError, match=r"There is no folder .*nowhere"):
        LocalAirflow(tmp_path / "nowhere").start()
