"""Whatever real clusters of thirteen versions have answered can be read, and nothing of it is lost or invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from airflow_provider_dli.flink.api import complaint
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.exchange import read
from tests.flink.recordings import Recording, recordings
from tests.flink.wire import as_told

ALL = [one for one in recordings().values() if one.endpoint]
WELL = [one for one in ALL if one.status < 300]
BADLY = [one for one in ALL if one.status >= 300]
# Paths and verbs that Flink does not have, and spellings of a path that are not ours.
STRANGE = {
    "config-v2-prefix",
    "head-overview",
    "jobs-double-slash",
    "jobs-trailing-slash",
    "legacy-cancel-with-savepoint",
    "options-overview",
    "root",
    "unknown-path",
    "wrong-method",
}
KINDS: Mapping[int, type[errors.RestError]] = {
    308: errors.Redirected,
    400: errors.BadRequest,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.Intercepted,
    500: errors.ServerError,
    503: errors.ServerError,
}


def test_there_are_enough() -> None:
    assert len(WELL) > 900
    assert len(BADLY) > 500
    assert len({one.version for one in WELL}) == 13


def test_none_is_left_out_but_what_is_no_operation() -> None:
    assert {one.name for one in recordings().values() if not one.endpoint} == STRANGE


@pytest.mark.parametrize("recording", WELL, ids=str)
def test_a_success_is_read_whole(recording: Recording) -> None:
    if recording.json is None:
        assert recording.read() == recording.text
    else:
        assert as_told(recording.request, recording.read(), recording.json)


def test_a_response_is_the_same_when_it_is_read_in_pieces() -> None:
    for one in WELL:
        if one.json is not None:
            whole, in_pieces = one.read(), read(one.request, "", replace(one.answer, in_pieces=True))
            assert repr(in_pieces) == repr(whole), one


@pytest.mark.parametrize("recording", BADLY, ids=str)
def test_a_refusal_has_its_class_and_says_the_cause_without_a_stack(recording: Recording) -> None:
    error = recording.error()
    assert type(error) is KINDS[recording.status]
    said = error.what.removeprefix(f"The server answered {recording.status}: ")
    assert bool(complaint(recording.answer)) == (said != "no further word")
    assert "stack frames cut" not in said
    assert "Caused by" not in said
    assert "Exception on server side" not in said
    assert not said.startswith(("org.", "java."))
