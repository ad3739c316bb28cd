"""A response of DLI that differs from the documentation is decoded, or refused with an error that names the field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_dli.dli.endpoints import flink_jobs, flink_metrics
from airflow_provider_dli.dli.endpoints.flink_job import Job
from airflow_provider_dli.dli.endpoints.flink_metrics import MetricsAnswer
from airflow_provider_dli.jobs.backend import MetricSource
from airflow_provider_dli.jobs.dli import answers, differences
from airflow_provider_dli.jobs.dli.metric_names import NAMES
from airflow_provider_dli.jobs.dli.readings import reading
from airflow_provider_dli.rest.errors import UnexpectedAnswer
from airflow_provider_dli.rest.request import Answer, Request
from tests.dli.endpoints.exchanges import answered
from tests.dli.operations import OPERATIONS, Operation
from tests.dli.test_operations import called, samples
from tests.mutations import decoded, fuzzed, mutated, needed, response

# Which fields an operation needs, and which must be of the right type where they are present.
FIELDS = json.loads(Path(__file__).with_name("needed_fields.json").read_text())
WANTED = {"parallel_number": 2, "resume_max_num": -1, "runtime_config": {"a": "b"}, "resource_config": {"max_slot": 1}}


def documented(operation: Operation) -> Any:
    """Return a response with all fields of an operation, as the documentation has them, which says no failure."""
    body = samples(operation).whole(operation.answer)
    for each in body if isinstance(body, list) else [body]:
        each.pop("error_code", None)
    return body


ALL: list[tuple[str, Request[Any], Any, Answer]] = [
    (one.operation, called(one), documented(one), response(documented(one), status=one.success))
    for one in OPERATIONS
    if one.answer
]


@fuzzed(500)
@given(st.data())
def test_a_mutated_response_is_decoded_or_refused(data: st.DataObject) -> None:
    _, request, body, answer = ALL[data.draw(st.integers(0, len(ALL) - 1))]
    value = decoded(request, response(data.draw(mutated(body)), answer.headers, answer.status))
    use_in_the_model(value)


@fuzzed(300)
@given(st.data())
def test_a_mutated_job_is_decoded_or_refused(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from([one for one in ALL if "/streaming/jobs" in one[0] and one[0][:3] == "GET"]))
    use_in_the_model(decoded(operation[1], response(data.draw(mutated(operation[2])))))


def use_in_the_model(value: Any) -> None:
    jobs = [getattr(value, "job_detail", None), *(getattr(value, "jobs", None) or ())]
    for job in jobs:
        if isinstance(job, Job):
            str(answers.job(job, 1.5))
            answers.reason(job)
            answers.places(job)
            answers.makes_checkpoints(job)
            [str(one) for one in differences.between(job, WANTED)]
    if isinstance(value, MetricsAnswer):
        for one in value.jobs:
            for name in NAMES:
                reading(one.metrics, MetricSource(name, None, False, "avg"))


def test_no_field_but_these_can_fail_a_response() -> None:
    missing, odd = needed(ALL)
    assert missing == FIELDS["needed"]
    # A success flag that is odd denies the success.
    flags = {"is_success", "[].is_success"}
    assert {name: paths for name, paths in odd.items() if not flags.issuperset(paths)} == {
        name: sorted({*paths, *(flags & {*odd[name]})}) for name, paths in FIELDS["needed where present"].items()
    }


@pytest.mark.parametrize(
    ("config", "name", "value"),
    [
        ({"dependency_jars": "a.jar, b.jar"}, "dependency_jars", ("a.jar", "b.jar")),
        ({"dependency_files": ""}, "dependency_files", ()),
        ({"real_cu_number": 2.5}, "real_cu_number", 2.5),
        ({"cu_number": 2.5}, "cu_number", None),
        ({"resume_max_num": "3"}, "resume_max_num", 3),
        ({"smn_topic": 7}, "smn_topic", "7"),
        ({"checkpoint_enabled": "perhaps"}, "checkpoint_enabled", None),
        ({"resource_config": "none"}, "resource_config", None),
        ({"runtime_config": "[" * 100_000}, "runtime_config", "[" * 100_000),
    ],
)
def test_an_odd_setting_of_one_job_fails_no_other(config: dict[str, Any], name: str, value: Any) -> None:
    rows = [{"job_id": 1, "name": "strange", "job_config": config}, {"job_id": 2, "name": "mine"}]
    seen = answered(flink_jobs.list_jobs(), {"is_success": "true", "job_list": {"jobs": rows}}).jobs
    assert [job.name for job in seen] == ["strange", "mine"]
    assert getattr(seen[0].job_config, name) == value


@pytest.mark.parametrize("rows", [{"a": 1}, "none", [None], [{"name": "without an id"}]])
def test_a_list_of_jobs_that_cannot_be_read_is_not_an_empty_one(rows: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"job_list\.jobs"):
        answered(flink_jobs.list_jobs(), {"job_list": {"jobs": rows}})


def test_metrics_that_are_no_numbers_are_left_out() -> None:
    sources = [{"name": "a", "records": "N/A"}, {"name": "b", "records": 5}, None, {"name": "c"}]
    body = {"metrics": {"jobs": [{"job_id": 1, "metrics": {"sources": sources, "total_read_rate": "NaN"}}]}}
    (one,) = answered(flink_metrics.metrics([1]), body).jobs
    assert reading(one.metrics, MetricSource("sources.records", None, False, "sum")) == 5
