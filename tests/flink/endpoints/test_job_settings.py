from __future__ import annotations

import pytest

from airflow_provider_dli.flink.endpoints.job_settings import configuration, plan
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told


def test_both_are_asked_for_by_the_job_s_id() -> None:
    assert (plan("1").method, plan("1").path, plan("1").safe) == ("GET", "/jobs/1/plan", True)
    asked = configuration("1")
    assert (asked.method, asked.path, asked.safe) == ("GET", "/jobs/1/config", True)


@pytest.mark.parametrize("version", versions_with("job-plan"))
def test_a_plan_has_nodes_with_inputs(version: str) -> None:
    recording = recorded(version, "job-plan")
    read = recording.read()
    sink, source = read.graph.nodes
    assert (read.graph.name, read.graph.type) == ("probe", "STREAMING")
    assert [(edge.id, edge.ship_strategy) for edge in sink.inputs] == [(source.id, "REBALANCE")]
    assert source.inputs == ()
    assert same(told(read), recording.json)


def test_an_old_flink_tells_the_plan_itself() -> None:
    told_by_it = Answer(200, {}, b'{"jid": "1", "name": "WordCount", "nodes": [{"id": "2", "parallelism": 4}]}')
    read = plan("1").decode(told_by_it)
    assert read.plan is None
    assert (read.graph.jid, [node.parallelism for node in read.graph.nodes]) == ("1", [4])
    assert same(told(read), told_by_it.json())


@pytest.mark.parametrize("name", ["job-config", "job-config-plain"])
@pytest.mark.parametrize("version", versions_with("job-config"))
def test_how_a_job_is_executed(version: str, name: str) -> None:
    recording = recorded(version, name)
    read = recording.read()
    execution = read.execution_config
    assert (read.name, execution.job_parallelism) == ("probe", 2 if name == "job-config" else 1)
    assert (execution.object_reuse_mode, execution.user_config) == (False, {})
    assert execution.restart_strategy == "Cluster level default restart strategy"
    assert same(told(read), recording.json)


def test_the_execution_mode_is_gone_in_2_0() -> None:
    assert recorded("1.20.5", "job-config").read().execution_config.execution_mode == "PIPELINED"
    assert recorded("2.3.0", "job-config").read().execution_config.execution_mode is None


def test_a_job_may_not_tell_how_it_is_executed() -> None:
    assert configuration("1").decode(Answer(200, {}, b'{"jid": "1", "name": "a"}')).execution_config is None
