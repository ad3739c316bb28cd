from __future__ import annotations

import pytest

from airflow_provider_dli.flink.endpoints.accumulators import accumulators
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told


@pytest.mark.parametrize(
    ("wanted", "query"),
    [(None, ()), (True, (("includeSerializedValue", "true"),)), (False, (("includeSerializedValue", "false"),))],
)
def test_the_values_for_java_are_asked_for_on_demand(wanted: bool | None, query: tuple[tuple[str, str], ...]) -> None:
    request = accumulators("1", include_serialized=wanted)
    assert (request.method, request.path, request.query, request.safe) == ("GET", "/jobs/1/accumulators", query, True)


@pytest.mark.parametrize("version", versions_with("job-accumulators"))
def test_accumulators_have_names_kinds_and_values(version: str) -> None:
    recording = recorded(version, "job-accumulators")
    read = recording.read()
    (only,) = read.user_task_accumulators
    assert (only.name, only.type, int(only.value) > 0) == ("probeAcc", "LongCounter", True)
    assert list(read.serialized_user_task_accumulators) == ["probeAcc"]
    assert same(told(read), recording.json)


def test_a_job_may_have_none() -> None:
    read = accumulators("1").decode(Answer(200, {}, b'{"job-accumulators": [], "user-task-accumulators": []}'))
    assert (read.user_task_accumulators, read.serialized_user_task_accumulators) == ((), None)
