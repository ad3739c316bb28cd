from __future__ import annotations

import pytest

from airflow_provider_dli.flink.advice import advice_on, advice_on_program, told
from airflow_provider_dli.flink.api import complaint
from tests.flink.recordings import recorded


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
    assert words in (advice_on_program(complaint(recorded(version, name).answer)) or "")


@pytest.mark.parametrize("name", ["run-main-throws", "jobid-again-while-running", "cancel-finished-job", "job-unknown"])
@pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])
def test_what_may_heal_has_none(version: str, name: str) -> None:
    assert advice_on_program(complaint(recorded(version, name).answer)) is None


@pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])
def test_a_failed_savepoint_has_advice(version: str) -> None:
    failure = recorded(version, "savepoint-bad-scheme-status").read().failure
    assert advice_on(failure) == "Flink has no plugin for this kind of path."


def test_what_the_user_s_own_program_threw_has_none() -> None:
    assert advice_on("java.lang.ClassNotFoundException: demo.Nope") is not None
    assert advice_on_program("") is None


def test_a_refusal_is_told_with_what_could_not_be_done() -> None:
    assert told(complaint(recorded("2.3.0", "run-main-throws").answer)) == (
        "IllegalStateException: probe main failure: x (Could not execute application)"
    )


def test_a_refusal_of_one_sentence_is_told_once() -> None:
    assert told(complaint(recorded("1.9.3", "job-unknown").answer)) == "Job 00000000000000000000000000000001 not found"
