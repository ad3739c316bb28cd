from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_provider_dli.jobs.flink import FlinkBackend
from airflow_provider_dli.local.demo.jobs_seen import look_at_jobs
from airflow_provider_dli.local.demo.scene import JobSeen
from airflow_provider_dli.rest.errors import refusal
from airflow_provider_dli.rest.flow import Step, drive
from airflow_provider_dli.rest.request import Answer, Request

ID = "a" * 32
METRICS = f"/jobs/{ID}/vertices/v/subtasks/metrics"


def checkpoint(number: int, path: str | None = None) -> dict[str, Any]:
    return {
        "id": number,
        "status": "COMPLETED",
        "is_savepoint": path is not None,
        "trigger_timestamp": number,
        "latest_ack_timestamp": number,
        "external_path": path,
    }


class Cluster:
    """Answers what it was told to; 404 to all else."""

    def __init__(self, state: str = "RUNNING", ended: int = -1) -> None:
        row = {"jid": ID, "name": "clicks", "state": state, "start-time": 1000, "end-time": ended}
        self.answers: dict[str, Any] = {
            "/config": {"flink-version": "2.3.0"},
            "/jobs/overview": {"jobs": [{**row, "tasks": {"running": 2, "total": 2}}]},
        }
        self.asked: list[str] = []

    def tell(self, counted: int, restored: int, *history: Mapping[str, Any], name: str = "Count") -> None:
        vertex = {"id": "v", "name": name, "parallelism": 1, "status": "RUNNING"}
        vertices = [{**vertex, "metrics": {"read-records": counted}}]
        self.answers[f"/jobs/{ID}"] = {"jid": ID, "name": "clicks", "state": "RUNNING", "vertices": vertices}
        self.answers[METRICS] = [{"id": "Count.restoredCount", "sum": restored}]
        self.answers[f"/jobs/{ID}/checkpoints"] = {
            "counts": {"completed": len(history), "failed": 0},
            "history": history,
            "latest": {},
        }

    def look(self, *before: JobSeen, now: float = 2.0) -> JobSeen:
        known = {seen.job.id: seen for seen in before}
        (seen,) = drive(look_at_jobs(FlinkBackend("http://flink"), known, lambda: now), self._perform)
        return seen

    def _perform(self, step: Step) -> Any:
        assert isinstance(step, Request)
        self.asked.append(step.path)
        if step.path not in self.answers:
            raise refusal(step, "http://flink", Answer(404, {}, b"{}"))
        return step.decode(Answer(200, {}, json.dumps(self.answers[step.path]).encode()))


def test_of_a_job_that_just_begins_flink_knows_nothing_yet() -> None:
    seen = Cluster().look()
    assert (seen.job.name, seen.records, seen.checkpoints, seen.restored) == ("clicks", 0, 0, None)
    assert seen.page == f"http://flink/#/job/running/{ID}/overview"


def test_records_are_counted_with_those_before_them() -> None:
    cluster = Cluster()
    cluster.tell(266, 1734, checkpoint(2), checkpoint(1))
    seen = cluster.look()
    assert (seen.counted, seen.restored, seen.records, seen.checkpoints) == (266, 1734, 2000, 2)


def test_what_a_job_began_with_is_asked_once() -> None:
    cluster = Cluster()
    cluster.tell(266, 1734)
    cluster.look(cluster.look())
    assert cluster.asked.count(METRICS) == 1


def test_a_savepoint_is_kept_when_flink_has_forgotten_it() -> None:
    cluster = Cluster()
    cluster.tell(1, 0, checkpoint(2, "file:/s/2"), checkpoint(1, "file:/s/1"))
    first = cluster.look()
    cluster.tell(2, 0, checkpoint(4, "file:/s/4"), checkpoint(3), checkpoint(2, "file:/s/2"))
    assert first.savepoints == ("file:/s/1", "file:/s/2")
    assert cluster.look(first).savepoints == ("file:/s/1", "file:/s/2", "file:/s/4")


def test_what_was_known_stays_known_when_flink_does_not_tell() -> None:
    cluster = Cluster()
    cluster.tell(266, 1734, checkpoint(1))
    before = cluster.look()
    assert Cluster().look(before) == before


def test_an_ended_job_is_looked_at_until_what_flink_tells_is_final() -> None:
    cluster = Cluster("FINISHED", ended=3000)
    cluster.tell(10, 0)
    ended = cluster.look(now=3.5)
    cluster.tell(20, 0)
    final = cluster.look(ended, now=5.9)
    assert (ended.counted, final.counted) == (10, 20)
    cluster.asked.clear()
    assert cluster.look(final, now=6.1) == final
    assert cluster.asked == ["/jobs/overview"]


def test_where_nothing_counts_the_last_vertex_tells_how_much_it_has_read() -> None:
    cluster = Cluster()
    cluster.tell(266, 0, name="Sink")
    assert cluster.look().counted == 266
