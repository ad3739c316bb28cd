from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_dli.local.distribution import Distribution
from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient
from tests.local.waiting import is_gone, wait_until

BATCHES = "/v2.0/{project_id}/batches"
WAITING = "import os, time\nprint(os.getpid())\ntime.sleep(600)\n"


class Spark:
    """The emulator as it runs, and what a test asks of its Spark batches."""

    def __init__(self, dli: DliClient) -> None:
        self.dli = dli
        self.code = dli.settings.obs / "code"
        self.code.mkdir(parents=True)

    def create(self, program: str = "", **more: Any) -> str:
        (self.code / "job.py").write_text(program)
        body = {"file": "obs://code/job.py", "queue": "spark", **more}
        answer = accepted(self.dli.post(BATCHES, body))
        assert (answer["state"], answer["queue"]) == ("starting", "spark")
        return str(answer["id"])

    def state(self, batch: str) -> str:
        answer = accepted(self.dli.get(f"{BATCHES}/{batch}/state"))
        assert list(answer) == ["id", "state"]
        return str(answer["state"])

    def ended(self, batch: str) -> str:
        wait_until(lambda: self.state(batch) in {"success", "dead"})
        return self.state(batch)

    def log(self, batch: str, **query: Any) -> list[str]:
        lines: list[str] = accepted(self.dli.get(f"{BATCHES}/{batch}/log", query=query))["log"]  # type: ignore[assignment]
        return lines

    def running(self) -> tuple[str, int]:
        batch = self.create(WAITING)
        wait_until(lambda: self.log(batch))
        assert self.state(batch) == "running"
        return batch, int(self.log(batch)[0])


@pytest.fixture
def spark(dli: DliClient) -> Iterator[Spark]:
    with dli.running():
        yield Spark(dli)


def test_a_python_file_runs_to_its_end(spark: Spark) -> None:
    batch = spark.create("import sys\nprint('got', sys.argv[1:])", args=["a b", "obs://code/in.csv"], name="nightly")

    assert spark.ended(batch) == "success"
    assert spark.log(batch) == [f"got ['a b', '{spark.code / 'in.csv'}']"]
    shown = accepted(spark.dli.get(f"{BATCHES}/{batch}"))
    assert (shown["name"], shown["owner"], shown["kind"], shown["sc_type"]) == ("nightly", "local-user", "spark", "A")
    assert json.loads(str(shown["req_body"]))["args"] == ["a b", "obs://code/in.csv"]
    assert shown["log"] == spark.log(batch)


def test_a_class_of_a_jar_runs_to_its_end(spark: Spark) -> None:
    [jar] = Distribution.of().home.glob("lib/log4j-core-*.jar")
    shutil.copy(jar, spark.code / "job.jar")
    told = {"file": "obs://code/job.jar", "className": "org.apache.logging.log4j.core.Version"}

    batch = spark.create(**told)
    assert spark.ended(batch) == "success"
    assert spark.log(batch)[0].startswith("Apache Log4j Core")
    wrong = spark.create(**{**told, "className": "no.such.Main"})
    assert spark.ended(wrong) == "dead"
    assert "no.such.Main" in spark.log(wrong)[0]


def test_what_a_program_needs_may_be_a_package(spark: Spark) -> None:
    (spark.code / "helping.py").write_text("WORD = 'helped'")
    (spark.code / "main.py").write_text("import helping; print(helping.WORD)")
    paths = ["obs://code/helping.py", "obs://code/main.py"]
    accepted(spark.dli.post("/v2.0/{project_id}/resources/pyfiles", {"paths": paths, "group": "g"}), 201)

    batch = spark.create(file="g/main.py", pyFiles=["helping.py"])
    assert spark.ended(batch) == "success"
    assert spark.log(batch) == ["helped"]


def test_a_program_that_fails_is_dead(spark: Spark) -> None:
    batch = spark.create("raise ValueError('bad input')")

    assert spark.ended(batch) == "dead"
    assert spark.log(batch)[-1] == "ValueError: bad input"


def test_a_file_that_is_not_there_is_dead(spark: Spark) -> None:
    batch = spark.create(file="obs://code/none.py")

    assert spark.ended(batch) == "dead"
    assert "none.py" in spark.log(batch)[-1]


def test_a_batch_recovers_as_often_as_it_may(spark: Spark) -> None:
    counting = "import pathlib, sys\nfile = pathlib.Path(sys.argv[1])\nfile.open('a').write('x')\n"
    seen = spark.code / "seen"
    hopeless = spark.create(
        counting + "print('failed')\nsys.exit(1)", args=["obs://code/seen"], auto_recovery=True, max_retry_times=2
    )
    assert spark.ended(hopeless) == "dead"
    assert seen.read_text() == "xxx"
    assert spark.log(hopeless, type="driver", index=1) == ["failed"]

    seen.unlink()
    batch = spark.create(counting + "sys.exit(file.read_text() != 'xx')", args=["obs://code/seen"], auto_recovery=True)
    assert spark.ended(batch) == "success"
    assert seen.read_text() == "xx"


def test_a_batch_is_cancelled_once(spark: Spark) -> None:
    batch, pid = spark.running()

    assert accepted(spark.dli.delete(f"{BATCHES}/{batch}")) == {"msg": "deleted"}
    assert spark.ended(batch) == "dead"
    wait_until(lambda: is_gone(pid))
    assert refused(spark.dli.delete(f"{BATCHES}/{batch}")) == "DLI.0007"


def test_what_is_cancelled_does_not_recover(spark: Spark) -> None:
    batch = spark.create(WAITING, auto_recovery=True)
    wait_until(lambda: spark.log(batch))

    spark.dli.delete(f"{BATCHES}/{batch}")
    assert spark.ended(batch) == "dead"
    assert spark.log(batch, type="driver", index=1) == []


def test_batches_end_with_the_emulator_and_are_dead_in_the_next(dli: DliClient) -> None:
    with dli.running():
        batch, pid = Spark(dli).running()
    wait_until(lambda: is_gone(pid))
    # As an emulator leaves it that was killed.
    dli.store.kind("spark_batches").update(batch, lambda held: held.update(state="running"))

    again = DliClient(dli.settings.folder, clock=dli.clock)
    assert again.get(f"{BATCHES}/{batch}/state").json()["state"] == "dead"
    again.close()


def test_batches_are_listed_the_newest_first(spark: Spark) -> None:
    ids = []
    for name in ("one", "two", "three"):
        ids.append(spark.create(name=name))
        spark.dli.clock.advance(1)
    for batch in ids:
        spark.ended(batch)

    def names(**query: Any) -> list[str]:
        return [one["name"] for one in spark.dli.get(BATCHES, query=query).json()["sessions"]]

    assert names() == ["three", "two", "one"]
    assert names(size=1, **{"from": 1}) == ["two"]
    assert names(job_name="one") == names(**{"job-id": ids[0]}) == ["one"]
    assert names(order="CREATE_TIME_ASC") == ["one", "two", "three"]
    assert names(queue_name="sql") == names(state="running") == []
    answer = spark.dli.get(BATCHES, query={"size": 1}).json()
    assert (answer["total"], answer["from"]) == (3, 0)


def test_the_log_is_read_in_parts(spark: Spark) -> None:
    batch = spark.create("for number in range(30): print(number)")
    spark.ended(batch)

    assert spark.log(batch, size=2, **{"from": 3}) == ["3", "4"]
    assert spark.dli.get(f"{BATCHES}/{batch}/log").json()["total"] == 30
    assert len(spark.dli.get(f"{BATCHES}/{batch}").json()["log"]) == 10


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"file": None}, "DLI.0001"),
        ({"queue": None}, "DLI.0001"),
        ({"queue": "none"}, "DLI.0002"),
        ({"file": "no-package.py"}, "DLI.0002"),
        ({"file": "obs://code/../x.py"}, "DLI.0001"),
        ({"file": "obs://code/x.jar"}, "DLI.0001"),
        ({"args": "x"}, "DLI.0001"),
        ({"driverMemory": "2"}, "DLI.0001"),
        ({"max_retry_times": 101}, "DLI.0001"),
        ({"feature": "custom"}, "DLI.0001"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(spark: Spark, wrong: dict[str, Any], code: str) -> None:
    body = {"file": "obs://code/job.py", "queue": "spark", **wrong}

    assert refused(spark.dli.post(BATCHES, body)) == code
    assert spark.dli.get(BATCHES).json()["total"] == 0


def test_the_older_name_of_the_queue_will_do(spark: Spark) -> None:
    assert spark.ended(spark.create(queue=None, cluster_name="SPARK")) == "success"


def test_a_batch_that_is_not_there_is_not_found(spark: Spark) -> None:
    for path in ("", "/state", "/log"):
        assert refused(spark.dli.get(f"{BATCHES}/none{path}")) == "DLI.0002"
    assert refused(spark.dli.delete(f"{BATCHES}/none")) == "DLI.0002"
