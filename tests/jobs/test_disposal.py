"""Deleting savepoints: nothing is lost when a second request finds the first one's work done."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.disposal import BegunDisposal, Disposal, begin_disposal, follow_disposal
from airflow_provider_dli.jobs.errors import DisposalFailed
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, patiently
from tests.flink.recordings import recorded
from tests.jobs.script import DISPOSAL, DISPOSE, IN_PROGRESS, OPERATION, Script, broken, refusal

PATH = "file:/savepoints/1"
BEGUN = {"request-id": OPERATION}
DONE = {"status": {"id": "COMPLETED"}, "operation": {}}
FORGOTTEN = refusal(404, "org.apache.flink.runtime.rest.NotFoundException: Operation not found under key: 1")


def trace(cause: str) -> dict[str, Any]:
    """What Flink says of a deletion that failed."""
    head = (
        f"org.apache.flink.util.FlinkException: Could not dispose savepoint {PATH}.\n\tat org.example.Some(Some.java:1)"
    )
    return broken(f"{head}\nCaused by: {cause}\n\tat org.example.Other(Other.java:2)\n")


MISSING = trace(
    f"java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '{PATH}' on file system 'file'."
)
NO_METADATA = trace(
    f"java.io.FileNotFoundException: Cannot find meta data file '_metadata' in directory '{PATH}'. Please try to load "
    "the checkpoint/savepoint directly from the metadata file instead of the directory."
)
UNREACHABLE = trace("java.net.ConnectException: Connection refused")
FAILURES = [
    (MISSING, "Cannot find checkpoint or savepoint .* Check savepoint_path: .* Set missing_ok where it may be gone"),
    (NO_METADATA, r"Cannot find meta data file '_metadata' .* it must be a savepoint's own folder\."),
    (trace("java.io.EOFException"), r"EOFException: .* what lies there is no savepoint\."),
    (trace("java.io.IOException: Unexpected magic number. (1) You"), "what lies there is no savepoint"),
    (
        trace(
            "java.io.IOException: Cannot access file system for checkpoint/savepoint path 's3://b/1'.\nCaused by: "
            "org.apache.flink.core.fs.UnsupportedFileSystemSchemeException: Could not find a file system "
            "implementation for scheme 's3'. The scheme is directly supported by Flink through plugin(s)"
        ),
        "Could not find a file system implementation for scheme 's3'.* Flink has no plugin for this kind of path",
    ),
]


def following(
    script: Script, again: bool = False, missing_ok: bool = False, poll_interval: float = 10
) -> Flow[Disposal]:
    return follow_disposal(
        script.backend,
        path=PATH,
        operation_id=OPERATION,
        again=again,
        missing_ok=missing_ok,
        poll_interval=poll_interval,
    )


class TestBegin:
    @pytest.mark.parametrize("again", [False, True])
    def test_a_deletion(self, again: bool) -> None:
        script = Script().on(DISPOSE, BEGUN)
        assert script.run(begin_disposal(script.backend, path=PATH, again=again)) == BegunDisposal(OPERATION, again)
        assert script.bodies == [{"savepoint-path": PATH}]

    @pytest.mark.parametrize("error", [errors.NoAnswer, errors.ConnectionLost, refusal(502, "Bad Gateway")])
    def test_after_an_unclear_answer_the_savepoint_may_be_gone(self, error: Any) -> None:
        script = Script().on(DISPOSE, error, errors.NoAnswer, BEGUN)
        flow = patiently(begin_disposal(script.backend, path=PATH, again=False), Patience(), script.clock)
        assert script.run(flow) == BegunDisposal(OPERATION, again=True)
        assert script.count(DISPOSE) == 3

    def test_a_request_that_never_arrived_has_deleted_nothing(self) -> None:
        script = Script().on(DISPOSE, errors.NotReachable, BEGUN)
        flow = patiently(begin_disposal(script.backend, path=PATH, again=False), Patience(), script.clock)
        assert script.run(flow) == BegunDisposal(OPERATION, again=False)

    @pytest.mark.parametrize("again", [False, True])
    def test_a_refusal(self, again: bool) -> None:
        script = Script().on(DISPOSE, refusal(400, "Field savepoint-path must not be omitted or be null."))
        with pytest.raises(errors.BadRequest):
            script.run(begin_disposal(script.backend, path=PATH, again=again))
        assert script.count(DISPOSE) == 1


class TestFollow:
    def test_in_progress_and_then_done(self) -> None:
        script = Script().on(DISPOSAL, IN_PROGRESS, IN_PROGRESS, DONE)
        assert script.run(following(script)) == Disposal(PATH, was_there=True)
        assert script.pauses == [10, 10]

    @pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])
    def test_as_recorded(self, version: str) -> None:
        script = Script().on(DISPOSAL, recorded(version, "savepoint-disposal-status").answer)
        assert script.run(following(script)).was_there
        script = Script().on(DISPOSAL, recorded(version, "savepoint-disposal-missing-status").answer)
        with pytest.raises(DisposalFailed, match="Cannot find checkpoint or savepoint file/directory '/nope'"):
            script.run(following(script))

    @pytest.mark.parametrize(("again", "missing_ok"), [(True, False), (False, True), (True, True)])
    def test_one_that_is_missing_may_be_all_right(self, again: bool, missing_ok: bool) -> None:
        script = Script().on(DISPOSAL, MISSING)
        assert script.run(following(script, again, missing_ok)) == Disposal(PATH, was_there=False)

    @pytest.mark.parametrize(("status", "words"), FAILURES)
    def test_a_failure_that_repeating_cannot_heal(self, status: Any, words: str) -> None:
        script = Script().on(DISPOSAL, status)
        with pytest.raises(DisposalFailed, match=f"^Savepoint {PATH} was not deleted: .*{words}") as caught:
            script.run(following(script))
        assert caught.value.hopeless

    def test_any_other_failure_may_heal(self) -> None:
        script = Script().on(DISPOSAL, UNREACHABLE)
        with pytest.raises(DisposalFailed, match=r"was not deleted: ConnectException: Connection refused\.$") as caught:
            script.run(following(script))
        assert not caught.value.hopeless

    @pytest.mark.parametrize(("then", "was_there"), [(MISSING, False), (DONE, True)])
    def test_an_earlier_deletion_may_still_be_at_work(self, then: Any, was_there: bool) -> None:
        """Flink deletes the metadata first, and then what may be many files."""
        script = Script().on(DISPOSAL, NO_METADATA, UNREACHABLE, then).on(DISPOSE, BEGUN)
        assert script.run(following(script, again=True)) == Disposal(PATH, was_there)
        assert (script.count(DISPOSE), script.pauses) == (2, [10, 10])

    @pytest.mark.parametrize("status", [NO_METADATA, FORGOTTEN])
    def test_and_is_not_waited_for_for_ever(self, status: Any) -> None:
        script = Script().on(DISPOSAL, status).on(DISPOSE, BEGUN)
        with pytest.raises(DisposalFailed, match=r"may have deleted a part of it: look at what is left\.$") as caught:
            script.run(following(script, again=True))
        assert not caught.value.hopeless
        assert script.count(DISPOSE) == 9

    @pytest.mark.parametrize(("then", "was_there"), [(MISSING, False), (DONE, True)])
    @pytest.mark.parametrize(("poll_interval", "pause"), [(10, 10), (600, 60)])
    def test_one_that_is_forgotten_is_begun_again(
        self, then: Any, was_there: bool, poll_interval: float, pause: float
    ) -> None:
        script = Script().on(DISPOSAL, FORGOTTEN, then).on(DISPOSE, BEGUN)
        assert script.run(following(script, poll_interval=poll_interval)) == Disposal(PATH, was_there)
        assert (script.count(DISPOSE), script.pauses) == (1, [pause])
