from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.flink.client import Flink
from airflow_provider_dli.flink.endpoints import checkpoints, cluster, jobs, legacy, rescaling
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.rest.flow import Flow, Step, drive
from airflow_provider_dli.rest.request import Answer, Request


class Cluster:
    """Runs a version of Flink, and answers whatever it is asked with an empty object."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.gate = Gate()
        self.asked: list[str] = []

    def run(self, flow: Flow[Any]) -> Any:
        return drive(flow, self._answer)

    def _answer(self, step: Step) -> Any:
        assert isinstance(step, Request)
        self.asked.append(str(step))
        body = f'{{"flink-version": "{self.version}"}}' if step.path == "/config" else '{"request-id": "1"}'
        return step.decode(Answer(200, {}, body.encode()))


def test_what_every_version_has_is_asked_at_once() -> None:
    old = Cluster("1.7.2")
    old.run(old.gate.ask(jobs.cancel("1")))
    assert old.asked == ["PATCH /jobs/1"]


def test_the_version_is_read_once() -> None:
    new = Cluster("2.3.0")
    for _ in range(2):
        new.run(new.gate.ask(checkpoints.trigger("1")))
    assert new.asked == ["GET /config", "POST /jobs/1/checkpoints", "POST /jobs/1/checkpoints"]


@pytest.mark.parametrize(
    ("version", "request_", "told"),
    [
        (
            "1.16.3",
            checkpoints.trigger("1"),
            "POST /jobs/:jobid/checkpoints needs Flink 1.17 or newer; the cluster runs 1.16.",
        ),
        (
            "1.20-vendor",
            rescaling.trigger("1", 2),
            "PATCH /jobs/:jobid/rescaling is served by Flink up to 1.8; the cluster runs 1.20.",
        ),
        (
            "2.3.0",
            legacy.cancel("1"),
            "DELETE /jobs/:jobid/cancel is served by Flink up to 1.7; the cluster runs 2.3.",
        ),
        (
            "1.9.3",
            jobs.stop_by_patch("1"),
            "PATCH /jobs/:jobid is served by Flink up to 1.8; the cluster runs 1.9. "
            "Use savepoints.stop (POST /jobs/:jobid/stop).",
        ),
    ],
    ids=["too old", "refused", "legacy", "instead"],
)
def test_what_a_version_does_not_have_is_not_asked(version: str, request_: Request[Any], told: str) -> None:
    one = Cluster(version)
    with pytest.raises(NotInThisVersion) as caught:
        one.run(one.gate.ask(request_))
    assert str(caught.value).startswith(told)
    assert one.asked == ["GET /config"]


def test_methods_know_the_dialect_by_themselves() -> None:
    old = Cluster("1.12.5")
    flink = Flink(old.run, old.gate)
    assert flink.savepoints.trigger("1", directory="s3://a") == "1"
    assert flink.dialect().must_send_flags
    assert old.asked == ["GET /config", "POST /jobs/1/savepoints"]


def test_a_client_of_its_own_has_a_gate_of_its_own() -> None:
    one = Cluster("2.3.0")
    assert Flink(one.run).send(cluster.configuration()).flink_version == "2.3.0"
