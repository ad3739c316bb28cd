"""All sensors of both back ends, in all modes: Airflow's parameters of sensors mean the same in each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowNotFoundException

from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobFailed
from airflow_provider_dli.sensors.dli import DliFlinkCheckpointSensor
from airflow_provider_dli.sensors.flink import FlinkCheckpointSensor, FlinkJobStatusSensor
from airflow_provider_dli.tasks.job_sensor import AirflowTaskTimeout
from tests.airflow_engine import make_dag
from tests.every_task import JOB, SENSORS, make
from tests.sensors.modes import MODES, PENDING, Bench, FakeBackend, bench

__all__ = ["bench"]

every_sensor = pytest.mark.parametrize("kind", SENSORS)
every_mode = pytest.mark.parametrize("mode", MODES)
TRANSIENT, HOPELESS = JobFailed("Disk full."), ConditionNotReachable("It has no vertex 'a'.")


@every_sensor
@every_mode
def test_the_interval(bench: Bench, kind: Any, mode: str) -> None:
    for given in ({"poke_interval": 7}, {"poll_interval": 7}, {"poke_interval": timedelta(seconds=7)}):
        ran = bench.run(kind, mode, PENDING, PENDING, "DONE", **given)
        assert (ran.word, ran.polls, ran.pauses) == ("success", [0, 7, 14], [7, 7]), ran.text
        assert ran.xcoms["job_url"].startswith("http://jobs/")


@every_sensor
def test_where_the_interval_comes_from(kind: Any) -> None:
    for defaults, given, interval in (
        ({}, {}, 10),
        ({"poke_interval": 60}, {}, 60),
        ({"poll_interval": 60}, {}, 60),
        ({"poke_interval": 60, "poll_interval": 5}, {}, 60),
        ({"poke_interval": 60}, {"poll_interval": 5}, 5),
        ({"poll_interval": 60}, {"poke_interval": 5}, 5),
        ({"poke_interval": timedelta(minutes=1)}, {}, 60),
    ):
        with make_dag(default_args=defaults):
            task = make(kind, **given)
        assert (task.poll_interval, task.poke_interval) == (interval, interval)


@every_sensor
@every_mode
def test_the_time_out(bench: Bench, kind: Any, mode: str) -> None:
    ran = bench.run(kind, mode, PENDING, poke_interval=7, timeout=20)
    assert (ran.word, ran.polls, ran.pauses) == ("timed out", [0, 7, 14, 20], [7, 7, 6])
    if mode != "reschedule":
        assert "Last seen: job 'orders' is RUNNING" in ran.text
    for softly in ("soft_fail", "never_fail"):
        assert bench.run(kind, mode, PENDING, poke_interval=7, timeout=20, **{softly: True}).word == "skipped"


@every_sensor
@every_mode
def test_growing_pauses(bench: Bench, kind: Any, mode: str) -> None:
    given = {"poke_interval": 4, "exponential_backoff": True}
    ran = bench.run(kind, mode, *[PENDING] * 5, "DONE", **given)
    assert (ran.word, len(ran.polls)) == ("success", 6)
    if mode != "reschedule":
        # Airflow draws each between half of it and the whole, except in that mode, where it estimates the number.
        assert all(whole / 2 <= pause <= whole for pause, whole in zip(ran.pauses, [4, 8, 16, 32, 64], strict=True))
    ran = bench.run(kind, mode, *[PENDING] * 8, "DONE", **given, max_wait=timedelta(seconds=10))
    assert max(ran.pauses) == ran.pauses[-1] == 10
    ran = bench.run(kind, mode, PENDING, **given, timeout=20)
    assert ran.word == "timed out"
    assert sum(ran.pauses) == pytest.approx(20, abs=0.01)


@every_sensor
@every_mode
@pytest.mark.parametrize(
    ("given", "transient", "hopeless", "unknown"),
    [
        ({}, "failed", "final", "failed"),
        ({"soft_fail": True}, "failed", "skipped", "failed"),
        ({"never_fail": True}, "skipped", "skipped", "skipped"),
        ({"silent_fail": True}, "success", "final", "success"),
        ({"silent_fail": True, "soft_fail": True}, "success", "skipped", "success"),
        ({"silent_fail": True, "never_fail": True}, "success", "skipped", "success"),
    ],
    ids=lambda given: "+".join(given) if isinstance(given, dict) else None,
)
def test_errors(
    bench: Bench, kind: Any, mode: str, given: dict[str, Any], transient: str, hopeless: str, unknown: str
) -> None:
    for error, word in ((TRANSIENT, transient), (HOPELESS, hopeless), (RuntimeError("odd"), unknown)):
        ran = bench.run(kind, mode, PENDING, error, "DONE", poke_interval=7, **given)
        assert ran.word == word, error
        if word == "success":
            assert ran.polls == [0, 7, 14]
        else:
            assert str(error) in ran.text


@every_sensor
@every_mode
def test_a_name_that_no_job_has_yet(bench: Bench, kind: Any, mode: str) -> None:
    ran = bench.run(kind, mode, PENDING, "DONE", backend=FakeBackend(missing=10), job_name="orders", poke_interval=7)
    assert (ran.word, ran.polls, ran.pauses) == ("success", [14, 21], [7, 7, 7]), ran.text
    assert ran.xcoms["job_url"] == f"http://jobs/{JOB}"


@every_sensor
@every_mode
def test_a_name_that_no_job_gets(bench: Bench, kind: Any, mode: str) -> None:
    given = {"backend": FakeBackend(missing=99), "job_name": "orders", "poke_interval": 7, "timeout": 20}
    ran = bench.run(kind, mode, **given)
    assert (ran.word, ran.polls, ran.pauses) == ("timed out", [], [7, 7, 6])
    if mode != "reschedule":
        told = f"no job is called 'orders' yet. Not ended are: 'another' ({JOB})."
        assert f"Last seen: {told}" in ran.text


@every_sensor
@every_mode
def test_a_name_that_several_jobs_have(bench: Bench, kind: Any, mode: str) -> None:
    ran = bench.run(kind, mode, backend=FakeBackend(several=True), job_name="orders")
    assert ran.word == "final"
    assert "2 jobs are called 'orders'" in ran.text


@every_sensor
@every_mode
@pytest.mark.parametrize(
    ("given", "word"),
    [({}, "failed"), ({"silent_fail": True}, "success"), ({"never_fail": True}, "skipped")],
    ids=["", "silent_fail", "never_fail"],
)
def test_an_error_while_the_job_is_looked_for(
    bench: Bench, kind: Any, mode: str, given: dict[str, Any], word: str
) -> None:
    ran = bench.run(kind, mode, backend=FakeBackend(error=TRANSIENT), job_name="orders", **given)
    assert ran.word == word


@every_sensor
@every_mode
def test_no_connection(bench: Bench, kind: Any, mode: str) -> None:
    """Airflow's own error, which is none of this package's."""
    error = AirflowNotFoundException("The conn_id isn't defined")
    given = {"job_name": "orders", "poke_interval": 7}
    assert bench.run(kind, mode, backend=FakeBackend(error=error), **given).word == "failed"
    assert bench.run(kind, mode, backend=FakeBackend(error=error), never_fail=True, **given).word == "skipped"


@every_sensor
@every_mode
@pytest.mark.parametrize("softly", ["soft_fail", "never_fail", ""])
def test_the_execution_timeout(bench: Bench, kind: Any, mode: str, softly: str) -> None:
    given = {"poke_interval": 7, "execution_timeout": timedelta(seconds=9), **({softly: True} if softly else {})}
    if mode == "reschedule":
        # Each poke is a run of the task there, and none of them takes that long.
        assert bench.run(kind, mode, PENDING, PENDING, PENDING, "DONE", **given).word == "success"
        return
    if mode == "poke":
        bench.clock.alarm = (9, AirflowTaskTimeout("Timeout, PID: 1"))
    ran = bench.run(kind, mode, PENDING, **given)
    assert (ran.word, ran.polls[:2]) == ("skipped" if softly else "failed", [0, 7])
    if softly:
        assert "Last seen: job 'orders' is RUNNING" in ran.text


@pytest.mark.parametrize("kind", [FlinkCheckpointSensor, DliFlinkCheckpointSensor])
@pytest.mark.parametrize("mode", ["poke", "deferred"])
def test_checkpoints_of_a_job_that_comes_later_count_from_its_start(bench: Bench, kind: Any, mode: str) -> None:
    seen: list[Any] = []
    scripted = bench._scripted
    bench.monkeypatch.setattr(bench, "_scripted", lambda call: seen.append(call.arguments) or scripted(call))
    for missing, since_start in ((10, True), (0, False)):
        seen.clear()
        backend = FakeBackend(missing=missing)
        ran = bench.run(kind, mode, backend=backend, job_name="orders", after=None)
        assert ran.word == "success", ran.text
        assert seen[0]["since_start"] is since_start
        assert (seen[0]["after"] is None) is since_start


@every_mode
def test_a_poll_logs_what_has_changed(
    bench: Bench, mode: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level("INFO"):
        bench.run(FlinkJobStatusSensor, mode, PENDING, PENDING, PENDING, "DONE")
    # Airflow 3 prints the log, and Airflow 2 hands it to Python's logging.
    counted = [log.count("Not yet: job 'orders' is RUNNING") for log in (capsys.readouterr().out, caplog.text)]
    assert max(counted) == {"poke": 1, "reschedule": 3}.get(mode, 0)
