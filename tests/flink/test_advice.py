from __future__ import annotations

import pytest

from airflow_provider_dli.flink.advice import advice, advice_on, said
from airflow_provider_dli.rest.errors import NoAnswer
from tests.flink.recordings import recorded
from tests.rest.clients import LOOK
from tests.rest.simulation import failed


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("run-wrong-entry-class", "Check entry_class"),
        ("run-jar-no-main", "Give entry_class"),
        ("run-entry-class-without-main", "public static main"),
        ("run-jar-not-zip", "The file is no jar"),
        ("jar-upload-not-dot-jar", "must end in .jar"),
        ("run-unknown-jar", "Upload the jar first"),
        ("run-main-no-execute", "never calls execute()"),
        ("run-bad-savepoint-path", "Check restore_from"),
        ("savepoint-no-target-directory", "Give savepoint_directory"),
        ("job-malformed", "32 hexadecimal digits"),
        ("run-parallelism-string", "does not understand a member"),
    ],
)
@pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])
def test_what_repeating_cannot_heal_has_advice(version: str, name: str, words: str) -> None:
    assert words in (advice(recorded(version, name).error()) or "")


@pytest.mark.parametrize("name", ["run-main-throws", "jobid-again-while-running", "cancel-finished-job", "job-unknown"])
@pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])
def test_what_may_heal_has_none(version: str, name: str) -> None:
    assert advice(recorded(version, name).error()) is None


@pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])
def test_a_failed_savepoint_has_advice(version: str) -> None:
    failure = recorded(version, "savepoint-bad-scheme-status").read().failure
    assert advice_on(failure) == "Flink has no plugin for this kind of path."


def test_what_the_user_s_own_program_threw_has_none() -> None:
    assert advice_on("java.lang.ClassNotFoundException: demo.Nope") is not None
    assert advice(failed(NoAnswer, LOOK)) is None


def test_a_refusal_is_told_with_what_could_not_be_done() -> None:
    assert said(recorded("2.3.0", "run-main-throws").error()) == (
        "IllegalStateException: probe main failure: x (Could not execute application)"
    )


def test_a_refusal_of_one_sentence_is_told_once() -> None:
    assert said(recorded("1.9.3", "job-unknown").error()) == "Job 00000000000000000000000000000001 not found"


def test_what_is_no_refusal_is_told_as_it_is() -> None:
    error = failed(NoAnswer, LOOK)
    assert said(error) == str(error)
