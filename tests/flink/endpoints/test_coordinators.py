from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import coordinators
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.request import Answer

BOTH = [coordinators.send_by_operator_id, coordinators.send]


@pytest.mark.parametrize("endpoint", BOTH)
def test_a_request_is_passed_on_as_it_is_and_once(endpoint: Any) -> None:
    request = endpoint("1", "my source", "rO0AB+/=")
    assert (request.method, request.path) == ("POST", "/jobs/1/coordinators/my%20source")
    assert json.loads(request.json) == {"serializedCoordinationRequest": "rO0AB+/="}
    assert not request.repeatable


@pytest.mark.parametrize("endpoint", BOTH)
def test_so_is_the_answer(endpoint: Any) -> None:
    answer = Answer(200, {}, b'{"serializedCoordinationResult": "rO0AC+/="}')
    assert endpoint("1", "2", "x").decode(answer) == "rO0AC+/="


def test_operators_have_ids_up_to_1_20_and_uids_from_2_0_on() -> None:
    by_id, by_uid = coordinators.send_by_operator_id.availability, coordinators.send.availability
    Dialect(Version(1, 20)).check(by_id)
    Dialect(Version(2, 0)).check(by_uid)
    with pytest.raises(NotInThisVersion, match=r"up to 1\.20; .* Use coordinators\.send "):
        Dialect(Version(2, 0)).check(by_id)
    with pytest.raises(NotInThisVersion, match=r"2\.0 or newer"):
        Dialect(Version(1, 20)).check(by_uid)
    with pytest.raises(NotInThisVersion, match=r"1\.11 or newer"):
        Dialect(Version(1, 10)).check(by_id)
