"""What the operations on queues, pools, variables and tags make of what a person writes, and long lists."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_dli.dli.endpoints import (
    elastic_resource_pools,
    global_variables,
    permissions,
    pool_queues,
    queue_plans,
    queue_properties,
    queues,
    tags,
)
from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.request import Answer, Request
from tests.rest.simulation import Simulation

ALL_LISTS: list[tuple[Callable[..., Flow[Any]], tuple[Any, ...], str, int]] = [
    (queue_properties.all_properties, ("streams",), "properties", 100),
    (elastic_resource_pools.all_pools, (), "elastic_resource_pools", 100),
    (pool_queues.all_queues, ("pool",), "queues", 100),
    (pool_queues.all_scale_records, ("pool",), "items", 100),
    (global_variables.all_variables, (), "global_vars", 100),
    (tags.all_resources, ("dli_queue", {"team": ["payments"]}), "resources", 1000),
]


def sent(request: Request[Any]) -> Any:
    assert request.json is not None
    return json.loads(request.json)


def read(request: Request[Any], body: object) -> Any:
    return request.decode(Answer(200, {}, json.dumps(body).encode()))


@pytest.mark.parametrize(("flow", "arguments", "member", "size"), ALL_LISTS)
def test_a_long_list_is_read_to_its_end(
    flow: Callable[..., Flow[Any]], arguments: tuple[Any, ...], member: str, size: int
) -> None:
    class Server(Simulation):
        def _answer(self, request: Request[Any]) -> object:
            self.sent.append(request)
            query = dict(request.query)
            left = range(size + 3)[int(query["offset"]) :][: int(query["limit"])]
            return read(request, {member: [{} for _ in left]})

    server = Server([])
    assert len(server.run(flow(ask, *arguments))) == size + 3
    assert [dict(request.query)["offset"] for request in server.sent] == ["0", str(size)]


@pytest.mark.parametrize(("flow", "arguments", "member", "size"), ALL_LISTS)
def test_a_list_that_an_answer_lacks_is_empty(
    flow: Callable[..., Flow[Any]], arguments: tuple[Any, ...], member: str, size: int
) -> None:
    class Server(Simulation):
        def _answer(self, request: Request[Any]) -> object:
            return read(request, {member: None})

    assert Server([]).run(flow(ask, *arguments)) == []


class TestQueues:
    def test_what_is_left_out_is_not_sent(self) -> None:
        assert sent(queues.create(queue_name="streams", cu_count=16)) == {"queue_name": "streams", "cu_count": 16}

    def test_tags_are_written_as_a_person_does(self) -> None:
        assert sent(queues.create(queue_name="streams", cu_count=16, tags={"team": "payments"}))["tags"] == [
            {"key": "team", "value": "payments"}
        ]
        assert queues.overview(tags={"team": "payments", "stage": "test"}).query == (
            ("tags", "team=payments,stage=test"),
        )

    def test_query_names_with_a_dash(self) -> None:
        assert queues.overview(with_charge_info=True, with_priv=False).query == (
            ("with-charge-info", "true"),
            ("with-priv", "false"),
        )

    def test_labels_are_read_out_of_their_text(self) -> None:
        told = read(queues.overview(), {"queues": [{"labels": '{"multi_az": "2"}'}, {"labels": ""}, {"labels": "{"}]})
        assert [queue.labels for queue in told.queues] == [{"multi_az": "2"}, "", "{"]

    @pytest.mark.parametrize("spelled", ["queueName", "queue_name"])
    def test_a_detail_is_read_in_either_spelling(self, spelled: str) -> None:
        assert read(queues.detail("streams"), {spelled: "streams"}).queue_name == "streams"

    def test_the_ids_of_plans_are_numbers_in_a_body(self) -> None:
        assert sent(queue_plans.delete_several("streams", [1, "2"])) == {"plan_ids": [1, 2]}

    @pytest.mark.parametrize("name", ["", ".", ".."])
    def test_no_name_is_no_queue(self, name: str) -> None:
        with pytest.raises(ValueError, match="queue_name"):
            queues.delete(name)

    def test_a_name_cannot_leave_its_place_in_the_path(self) -> None:
        assert queues.delete("a/../b?c").path == "/v1.0/{project_id}/queues/a%2F..%2Fb%3Fc"


class TestScalingPolicies:
    def test_what_was_told_can_be_sent_again(self) -> None:
        policy = {
            "priority": 1,
            "impact_start_time": "00:00",
            "impact_stop_time": "24:00",
            "min_cu": 16,
            "max_cu": 64,
            "new_member": "kept",
        }
        told = read(pool_queues.overview("pool"), {"queues": [{"queue_scaling_policies": [policy]}]})
        policies = told.queues[0].queue_scaling_policies
        assert sent(pool_queues.set_scaling_policies("pool", "streams", policies)) == {
            "queue_scaling_policies": [policy]
        }

    def test_a_policy_that_says_too_little_is_none(self) -> None:
        with pytest.raises(ValueError, match="impact_stop_time"):
            pool_queues.ScalingPolicy(priority=1, impact_start_time="00:00", min_cu=16, max_cu=64)


class TestSecrets:
    def test_the_value_of_a_variable_is_not_printed(self) -> None:
        told = read(global_variables.overview(), {"global_vars": [{"var_name": "key", "var_value": "s3cret"}]})
        assert told.global_vars[0].var_value == "s3cret"
        assert "key" in repr(told)
        assert "s3cret" not in repr(told) + str(told)

    @pytest.mark.parametrize("operation", [global_variables.create, global_variables.update])
    def test_nor_is_it_where_a_request_is(self, operation: Callable[[str, str], Request[Any]]) -> None:
        request = operation("key", "s3cret")
        assert sent(request)["var_value"] == "s3cret"
        assert "s3cret" not in repr(request) + str(request)


@pytest.mark.parametrize(
    ("request_", "may_be_repeated"),
    [
        (queues.create(queue_name="streams", cu_count=16), False),
        (queues.run_action("streams", "restart"), False),
        (queues.delete("streams"), False),
        (elastic_resource_pools.order_specification_change("pool", 128), False),
        (elastic_resource_pools.update("pool", max_cu=128), True),
        (global_variables.update("key", "value"), True),
        (tags.count("dli_queue"), True),
    ],
    ids=str,
)
def test_only_what_sets_a_state_is_sent_twice(request_: Request[Any], may_be_repeated: bool) -> None:
    assert request_.repeatable is may_be_repeated


def test_privileges_are_written_as_a_person_does() -> None:
    assert sent(permissions.change("grant", {"jobs.flink.100": ("GET", "START")}, user_name="nightly")) == {
        "action": "grant",
        "user_name": "nightly",
        "privileges": [{"object": "jobs.flink.100", "privileges": ["GET", "START"]}],
    }


def test_a_search_takes_several_values_of_a_tag() -> None:
    request = tags.resources("dli_flink_job", tags={"team": ("payments", "search")}, matches={"resource_name": "a"})
    assert sent(request) == {
        "tags": [{"key": "team", "values": ["payments", "search"]}],
        "matches": [{"key": "resource_name", "value": "a"}],
    }
