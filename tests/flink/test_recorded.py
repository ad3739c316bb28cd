"""Whatever real clusters of thirteen versions have answered can be read."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from airflow_provider_dli.flink.api import complaint
from airflow_provider_dli.rest import errors
from tests.flink.recordings import Recording, recordings

WELL = [one for one in recordings().values() if one.status < 300]
BADLY = [one for one in recordings().values() if one.status >= 300]

KINDS: Mapping[int, type[errors.RestError]] = {
    308: errors.Redirected,
    400: errors.BadRequest,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.Refused,
    500: errors.ServerError,
}


def test_there_are_enough() -> None:
    assert len(WELL) > 600
    assert len(BADLY) > 300
    assert len({one.version for one in WELL}) == 13


@pytest.mark.parametrize("recording", WELL, ids=str)
def test_a_success_is_read(recording: Recording) -> None:
    recording.read()


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
