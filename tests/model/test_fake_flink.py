"""The simulated cluster, compared with what real ones have answered, and with what was measured on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flink.recordings import recordings
from tests.model.fake_flink import FakeFlink, Reply
from tests.model.flink_jobs import SNAPSHOT, STOP, Job
from tests.model.kernel import World

ID, OTHER, TRIGGER, SECOND = "a" * 32, "b" * 32, "c" * 32, "d" * 32
VERSIONS = ("1.16.3", "1.20.5", "2.3.0")
on_all = pytest.mark.parametrize("version", VERSIONS)
on_two = pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])


class File:
    filename = "job.jar"


class Client:
    """Speaks to a simulated cluster as a person with curl does."""

    def __init__(self, version: str, **members: Any) -> None:
        self.world = World()
        self.flink = FakeFlink(self.world, version, **members)

    def send(self, operation: str, body: Any = None, **query: str) -> Reply:
        method, _, path = operation.partition(" ")
        reply = self.flink.perform("curl", method, path, query, body, [File()])
        self.world.until(lambda: reply.status is not None, 200)
        return reply

    def start(self, program: str = "stream", job_id: str | None = ID, way: str = "run", **more: Any) -> Reply:
        jar = self.send("POST /jars/upload").body["filename"].rpartition("/")[2]
        body = {"programArgsList": [program], "jobId": job_id, **more}
        reply = self.send(f"POST /jars/{jar}/{way}", body)
        self.world.advance(3)
        return reply

    def job(self, job_id: str = ID) -> Job:
        return self.flink.jobs[job_id]

    def states(self) -> list[str]:
        return [job.state for job in self.flink.all_jobs]

    def stop(self, trigger_id: str = TRIGGER) -> Reply:
        return self.send(f"POST /jobs/{ID}/stop", {"triggerId": trigger_id, "targetDirectory": "file:/s"})

    def savepoint(self, trigger_id: str = TRIGGER) -> Reply:
        return self.send(f"POST /jobs/{ID}/savepoints", {"triggerId": trigger_id, "target-directory": "file:/s"})

    def operation(self, trigger_id: str = TRIGGER) -> Any:
        return self.send(f"GET /jobs/{ID}/savepoints/{trigger_id}").body

    def rows(self) -> list[tuple[str, str]]:
        history = self.send(f"GET /jobs/{ID}/checkpoints").body["history"]
        return [(row["checkpoint_type"], row["status"]) for row in history]


def made(version: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the simulated cluster's answers, with the requests that they answer."""
    client = Client(version)
    client.start()
    client.savepoint()
    client.world.advance(10)
    paths = ["/config", "/overview", "/jobs", "/jobs/overview", f"/jobs/{ID}", f"/jobs/{ID}/status", "/jars"]
    paths += [f"/jobs/{ID}/{what}" for what in ("config", "checkpoints", "exceptions", "metrics", "checkpoints/config")]
    paths += [f"/jobs/{ID}/savepoints/{TRIGGER}"]
    if version == "2.3.0":
        paths += ["/applications/overview", f"/applications/{ID}", f"/applications/{ID}/exceptions"]
    for path in paths:
        yield "GET", path, client.send(f"GET {path}").body
    yield "PATCH", f"/jobs/{ID}", client.send(f"PATCH /jobs/{ID}").body
    for path in (f"/jobs/{OTHER}", f"/jobs/{OTHER}/savepoints/{TRIGGER}", f"/jobs/{OTHER}/checkpoints"):
        yield "GET", path, client.send(f"GET {path}").body


def recorded(version: str, method: str, path: str) -> list[Any]:
    """Return what a real cluster has answered to requests of one kind."""

    def kind(path: str) -> str:
        return re.sub(r"\?.*", "", re.sub(r"[0-9a-f]{32}", ":id", path))

    same = (one for one in recordings().values() if one.version == version and one.method == method)
    return [one.json for one in same if kind(one.path) == kind(path) and one.json is not None]


def fits(mine: Any, real: Any) -> bool:
    """Tell whether an answer has no members but those of a real one, of the same kinds."""
    if isinstance(mine, dict) and isinstance(real, dict):
        return all(name in real and fits(value, real[name]) for name, value in mine.items())
    if isinstance(mine, list) and isinstance(real, list):
        return not mine or not real or any(fits(mine[0], one) for one in real)
    return mine is None or real is None or isinstance(real, str) == isinstance(mine, str)


@on_two
def test_answers_have_the_form_of_real_ones(version: str) -> None:
    compared = 0
    for method, path, mine in made(version):
        real = recorded(version, method, path)
        if not real:
            continue
        # Names of settings, tasks and states are the cluster's own.
        loose = _without(mine, ("tasks", "user-config", "jobs", "timestamps", "failure_message"))
        assert any(fits(loose, one) for one in real), f"{method} {path}: {loose}"
        compared += 1
    assert compared >= 10


def _without(value: Any, names: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {key: _without(each, names) for key, each in value.items() if key not in names}
    return [_without(each, names) for each in value] if isinstance(value, list) else value


@on_all
class TestStops:
    def test_a_second_one_under_the_same_id_is_the_same(self, version: str) -> None:
        client = Client(version, snapshot=3.0)
        client.start()
        assert [client.stop().status, client.stop().status] == [202, 202]
        client.world.advance(5)
        assert client.states() == ["FINISHED"]
        assert len(client.flink.disk) == 1

    def test_a_second_one_under_another_id_destroys_both(self, version: str) -> None:
        client = Client(version, snapshot=3.0)
        client.start()
        client.stop()
        client.world.advance(1)
        client.stop(SECOND)
        client.world.advance(5)
        assert client.states() == ["FAILED"]
        assert not client.flink.disk
        assert "failure-cause" in client.operation()["operation"]

    def test_one_during_a_savepoint_destroys_that(self, version: str) -> None:
        client = Client(version, snapshot=3.0)
        client.start()
        client.savepoint()
        client.world.advance(1)
        client.stop(SECOND)
        client.world.advance(5)
        assert client.states() == ["FINISHED"]
        assert "failure-cause" in client.operation()["operation"]
        assert "location" in client.operation(SECOND)["operation"]

    def test_a_savepoint_during_one_does_no_harm(self, version: str) -> None:
        client = Client(version, snapshot=3.0)
        client.start()
        client.stop()
        client.world.advance(1)
        client.savepoint(SECOND)
        client.world.advance(2.2)
        assert client.states() == ["RUNNING"]
        client.world.advance(3)
        assert client.states() == ["FINISHED"]
        assert "location" in client.operation()["operation"]

    def test_it_is_seen_late(self, version: str) -> None:
        client = Client(version, snapshot=10.0)
        client.start()
        assert client.rows() == []
        client.stop()
        assert client.rows() == []
        client.world.advance(3)
        assert client.rows() == [(STOP, "IN_PROGRESS")]

    def test_a_restart_with_ha_kills_it(self, version: str) -> None:
        client = Client(version, snapshot=10.0, ha=True)
        client.start()
        client.stop()
        before = client.job().started
        client.world.advance(1)
        client.flink.restart()
        client.world.advance(20)
        assert client.states() == ["RUNNING"]
        assert client.job().started > before
        assert client.send(f"GET /jobs/{ID}/savepoints/{TRIGGER}").status == 404
        client.stop()
        client.world.advance(12)
        assert client.states() == ["FINISHED"]

    def test_it_is_forgotten_five_minutes_after_its_end(self, version: str) -> None:
        client = Client(version)
        client.start()
        client.savepoint()
        client.world.advance(290)
        assert client.operation()["status"]["id"] == "COMPLETED"
        client.world.advance(20)
        assert client.send(f"GET /jobs/{ID}/savepoints/{TRIGGER}").status == 404

    def test_one_of_an_ended_job_fails(self, version: str) -> None:
        client = Client(version)
        client.start("short")
        client.world.advance(5)
        assert client.stop().status == 202
        assert "FlinkJobNotFoundException" in str(client.operation())


@pytest.mark.parametrize(
    ("version", "ha", "ended", "forgotten", "restarted"),
    [
        ("1.16.3", False, 400, 400, 200),
        ("1.20.5", False, 400, 400, 200),
        ("1.16.3", True, 200, 200, 200),
        ("1.20.5", True, 200, 200, 200),
        ("2.3.0", False, 400, 400, 200),
        ("2.3.0", True, 400, 400, 200),
    ],
)
def test_how_long_an_id_is_refused(version: str, ha: bool, ended: int, forgotten: int, restarted: int) -> None:
    client = Client(version, ha=ha)
    client.start("short")
    client.world.advance(10)
    assert client.start("short").status == ended
    client.world.advance(10)
    client.flink.evict()
    assert client.start("short").status == forgotten
    client.world.advance(10)
    client.flink.restart()
    client.world.advance(10)
    assert client.start("short").status == restarted


@on_all
@pytest.mark.parametrize("ha", [False, True], ids=["no HA", "HA"])
def test_a_running_job_refuses_its_id(version: str, ha: bool) -> None:
    client = Client(version, ha=ha)
    assert client.start().status == 200
    assert client.start().status == 400


class TestPrograms:
    @pytest.mark.parametrize(
        ("version", "job_id", "status", "jobs"),
        [
            ("1.16.3", None, 200, 2),
            ("1.20.5", None, 200, 2),
            ("2.3.0", None, 200, 2),
            ("1.16.3", ID, 200, 1),
            ("1.20.5", ID, 200, 1),
            ("2.3.0", ID, 400, 1),
        ],
    )
    def test_two_environments(self, version: str, job_id: str | None, status: int, jobs: int) -> None:
        client = Client(version)
        assert client.start("two", job_id).status == status
        client.world.advance(60)
        assert client.states() == ["FINISHED"] * jobs

    @on_all
    @pytest.mark.parametrize("program", ["two_in_one", "throws"])
    def test_a_job_goes_on_after_a_main_that_failed(self, version: str, program: str) -> None:
        client = Client(version)
        assert client.start(program).status == 400
        client.world.advance(60)
        assert client.states() == ["FINISHED"]

    @pytest.mark.parametrize(
        ("program", "ha", "job_id", "state", "jobs"),
        [
            ("two", False, None, "FINISHED", ["FINISHED", "FINISHED"]),
            ("two", False, ID, "FAILED", ["CANCELED"]),
            ("two", True, None, "FAILED", ["CANCELED"]),
            ("batch", True, None, "FINISHED", ["FINISHED"]),
            ("throws", False, None, "FAILED", ["CANCELED"]),
            ("two_in_one", False, None, "FAILED", ["CANCELED"]),
            ("broken", False, None, "FAILED", []),
        ],
    )
    def test_applications(self, program: str, ha: bool, job_id: str | None, state: str, jobs: list[str]) -> None:
        client = Client("2.3.0", ha=ha)
        assert client.start(program, job_id, "run-application", applicationId=ID).status == 202
        client.world.advance(60)
        assert client.flink.applications[ID].state == state
        assert client.states() == jobs

    def test_an_application_refuses_its_id(self) -> None:
        client = Client("2.3.0")
        client.start("broken", None, "run-application", applicationId=ID)
        client.world.advance(60)
        assert client.start("batch", None, "run-application", applicationId=ID).status == 400

    @on_all
    def test_the_jar_is_a_fence(self, version: str) -> None:
        client = Client(version)
        jar = client.send("POST /jars/upload").body["filename"].rpartition("/")[2]
        reply = client.flink.perform("curl", "POST", f"/jars/{jar}/run", {}, {"programArgsList": ["slow"]})
        client.world.advance(5)
        client.send(f"DELETE /jars/{jar}")
        client.world.advance(60)
        assert reply.status == 400
        assert not client.states()
        assert client.send(f"POST /jars/{jar}/run", {}).status == 500


@on_two
def test_marks_are_there_once_the_job_runs(version: str) -> None:
    client = Client(version)
    configuration = {"pipeline.global-job-parameters": "airflow.task:x,other:y"}
    client.start("stream", flinkConfiguration=configuration)
    client.world.advance(3)
    told = client.send(f"GET /jobs/{ID}/config").body["execution-config"]["user-config"]
    assert told == {"airflow.task": "x", "other": "y"}


@on_all
def test_its_clock_is_its_own(version: str) -> None:
    client = Client(version, offset=600.0)
    client.start()
    told = client.send(f"GET /jobs/{ID}").body
    assert told["now"] / 1000 == pytest.approx(client.world.now + 600, abs=0.01)
    assert told["now"] - told["start-time"] == told["duration"]


class TestMainsAfterARestart:
    """With high availability, the next JobManager of Flink 2.3 runs the `main()` of an application again."""

    def test_a_second_environment_has_an_id_of_its_own_then(self) -> None:
        client = Client("2.3.0", ha=True)
        client.start("two", None, "run-application", applicationId=ID)
        assert "DuplicateJobSubmissionException" in client.flink.applications[ID].trace

        client = Client("2.3.0", ha=True)
        client.start("pausing", None, "run-application", applicationId=ID)
        client.flink.restart()
        client.world.advance(100)
        assert client.flink.applications[ID].state == "FINISHED"
        assert client.states() == ["FINISHED", "FINISHED"]
        assert [job.id == ID for job in client.flink.all_jobs] == [True, False]

    def test_an_application_without_a_job_is_known_as_well(self) -> None:
        client = Client("2.3.0", ha=True)
        client.start("slow", None, "run-application", applicationId=ID)
        client.flink.restart()
        client.world.advance(120)
        assert client.flink.applications[ID].state == "FINISHED"
        assert [job.id for job in client.flink.all_jobs] == [ID]


@on_two
class TestCheckpointsOnDemand:
    def checkpoint(self, client: Client) -> Any:
        client.send(f"POST /jobs/{ID}/checkpoints", {"triggerId": TRIGGER})
        client.world.advance(5)
        return client.send(f"GET /jobs/{ID}/checkpoints/{TRIGGER}").body["operation"]

    def test_one(self, version: str) -> None:
        client = Client(version)
        client.start()
        assert self.checkpoint(client) == {"checkpointId": 1} == self.checkpoint(client)
        assert client.rows() == [("CHECKPOINT", "COMPLETED")]

    def test_one_of_an_ended_job_fails(self, version: str) -> None:
        client = Client(version)
        client.start("short")
        client.world.advance(5)
        assert "FlinkJobNotFoundException" in str(self.checkpoint(client)["failureCause"])


@on_all
def test_checkpoint_ids_go_on_after_a_restart(version: str) -> None:
    client = Client(version, ha=True)
    client.start()
    client.world.advance(200)
    assert client.rows()[0] == ("CHECKPOINT", "COMPLETED")
    last = client.job().last_id
    client.flink.restart()
    client.world.advance(100)
    client.savepoint()
    client.world.advance(5)
    assert client.rows()[0] == (SNAPSHOT, "COMPLETED")
    assert client.job().last_id > last
