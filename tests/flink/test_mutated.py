"""A response of Flink that differs from the documentation is decoded, or refused with an error that names the field."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_dli.flink.endpoints.checkpoints import Statistics
from airflow_provider_dli.flink.endpoints.jobs import JobDetail, JobsOverview
from airflow_provider_dli.flink.endpoints.operations import CheckpointOperation, Disposal, SavepointOperation
from airflow_provider_dli.flink.sql.endpoints import operations
from airflow_provider_dli.flink.sql.version import SqlDialect
from airflow_provider_dli.jobs.flink import answers
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import Recording, recorded, recordings
from tests.mutations import decoded, fuzzed, mutated, needed, response

# Of each operation and version one response, and the shortest: a long list only repeats itself.
BY_OPERATION: dict[tuple[str, str], Recording] = {}
for one in recordings().values():
    if one.endpoint and one.status < 300 and one.json is not None:
        known = BY_OPERATION.setdefault((one.endpoint.availability.operation, one.version), one)
        if len(str(one.json)) < len(str(known.json)) or not known.json:
            BY_OPERATION[one.endpoint.availability.operation, one.version] = one
ALL = sorted(BY_OPERATION.values(), key=str)
PAGE = {
    "resultType": "PAYLOAD",
    "isQueryResult": True,
    "jobID": "a" * 32,
    "resultKind": "SUCCESS_WITH_CONTENT",
    "results": {
        "columns": [{"name": "n", "logicalType": {"type": "BIGINT", "nullable": True}, "comment": None}],
        "rowFormat": "JSON",
        "data": [{"kind": "INSERT", "fields": [1]}, {"kind": "INSERT", "fields": [None]}],
    },
    "nextResultUri": "/v2/sessions/s/operations/o/result/1?rowFormat=JSON",
}
# Which fields an operation needs, and which must be of the right type where they are present.
FIELDS = json.loads((Path(__file__).parent / "data" / "needed_fields.json").read_text())
IN_THE_MODEL: list[tuple[type, Callable[[Any], object]]] = [
    (JobsOverview, lambda seen: [str(answers.job(row)) for row in seen.by_id.values()]),
    (JobDetail, lambda seen: (str(answers.job_of(seen)), [answers.vertex(one) for one in seen.vertices])),
    (Statistics, lambda seen: (answers.checkpoints(seen).last_id, str(answers.checkpoints(seen)))),
    (SavepointOperation, answers.operation),
    (CheckpointOperation, answers.checkpoint_operation),
    (Disposal, answers.disposal),
]


def test_there_are_responses_of_every_version() -> None:
    assert len(ALL) > 300
    assert len({one.version for one in ALL}) == 13


@fuzzed(500)
@given(st.data())
def test_a_mutated_response_is_decoded_or_refused(data: st.DataObject) -> None:
    recording = ALL[data.draw(st.integers(0, len(ALL) - 1))]
    body = data.draw(mutated(recording.json))
    answer = response(body, recording.headers, recording.status)
    value = decoded(recording.request, answer)
    assert (decoded(recording.request, replace(answer, in_pieces=True)) is None) is (value is None)
    for kind, translate in IN_THE_MODEL:
        if isinstance(value, kind):
            translate(value)


@fuzzed(200)
@given(mutated(PAGE))
def test_a_mutated_page_of_the_sql_gateway_is_decoded_or_refused(body: Any) -> None:
    decoded(operations.results(SqlDialect(frozenset({1, 2})), "s", "o", 0), response(body))


def test_no_field_but_these_can_fail_a_response() -> None:
    cases = [(one.endpoint.availability.operation, one.request, one.json, one.answer) for one in ALL if one.endpoint]
    missing, odd = needed(cases)
    assert missing == FIELDS["needed"]
    assert odd == FIELDS["needed where present"]


def test_a_byte_order_mark_and_broken_characters_fail_no_response() -> None:
    recording = recorded("2.3.0", "jobs-overview")
    plain = recording.read()
    body = recording.answer.body
    assert read(recording.request, "", Answer(200, {}, b"\xef\xbb\xbf" + body)) == plain
    name = plain.jobs[0].name.encode()
    for broken in (b"\\ud83d", b"\xff\xfe", b"\\udc00"):
        again = read(recording.request, "", Answer(200, {}, body.replace(name, broken)))
        assert "\ufffd" in again.jobs[0].name
        assert again.model_dump_json()
