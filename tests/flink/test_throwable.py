from __future__ import annotations

import pytest

from airflow_provider_dli.flink.api import complaint
from airflow_provider_dli.flink.throwable import Throwable, chain, deepest
from tests.flink.recordings import recorded, versions_with

NO_SAVEPOINT = (
    "FileNotFoundException: Cannot find checkpoint or savepoint file/directory '/nope/sp' on file system 'file'."
)
# Which recorded refusal has which cause.
CAUSES = [
    ("1.9.3", "job-unknown", "Job 00000000000000000000000000000001 not found"),
    ("1.9.3", "run-bad-savepoint-path", NO_SAVEPOINT),
    ("1.9.3", "run-main-throws", "IllegalStateException: probe main failure: x"),
    ("1.10.3", "run-bad-savepoint-path", NO_SAVEPOINT),
    ("1.11.4", "jobid-again-while-running", "DuplicateJobSubmissionException: Job has already been submitted."),
    ("1.11.4", "run-main-no-execute", "RestHandlerException: No jobs included in application."),
    ("1.19.3", "run-main-throws", "IllegalStateException: probe main failure: x"),
    ("1.20.5", "run-jar-not-zip", "ZipException: zip END header not found"),
    ("1.20.5", "run-wrong-entry-class", "ClassNotFoundException: demo.Nope"),
    ("1.20.5", "run-bad-jobid", 'NumberFormatException: For input string: "xy" under radix 16'),
    ("2.0.2", "jobid-again-while-running", "DuplicateJobSubmissionException: Job has already been submitted."),
    ("2.3.0", "jar-upload-not-dot-jar", "RestHandlerException: Only Jar files are allowed."),
    ("2.3.0", "job-malformed", 'HandlerRequestException: Cannot resolve path parameter (jobid) from value "xyz".'),
    (
        "2.3.0",
        "jobid-again-while-running",
        "DuplicateApplicationSubmissionException: Application has already been submitted.",
    ),
]


@pytest.mark.parametrize(("version", "name", "cause"), CAUSES)
def test_the_cause_of_a_refusal_is_the_human_one(version: str, name: str, cause: str) -> None:
    assert str(deepest(complaint(recorded(version, name).answer))) == cause


@pytest.mark.parametrize("version", versions_with("run-bad-savepoint-path"))
def test_a_bad_savepoint_is_found_under_all_its_wrappers(version: str) -> None:
    cause = str(deepest(complaint(recorded(version, "run-bad-savepoint-path").answer)))
    # The recorder cut the longest of them short.
    assert NO_SAVEPOINT.startswith(cause.partition("...<")[0])
    assert cause.startswith("FileNotFoundException: Cannot find checkpoint or savepoint file/dir")


@pytest.mark.parametrize("version", versions_with("savepoint-snapshot-fails-status"))
def test_the_cause_of_a_failed_savepoint_is_the_operator_s(version: str) -> None:
    failure = recorded(version, "savepoint-snapshot-fails-status").read().failure
    assert str(deepest(failure)) == "RuntimeException: probe snapshot failure"
    assert chain(failure)[0].name == "CheckpointException"


class TestChain:
    def test_goes_from_the_outermost_to_the_cause(self) -> None:
        trace = (
            "org.example.OuterException: out\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\n"
            "Caused by: org.example.Outer$InnerError: in\n\tat a.B.e(B.java:3)\n\t... 2 more\n"
        )
        assert chain(trace) == (
            Throwable("org.example.OuterException", "out", "at a.B.c(B.java:1)"),
            Throwable("org.example.Outer$InnerError", "in", "at a.B.e(B.java:3)"),
        )
        assert [one.name for one in chain(trace)] == ["OuterException", "InnerError"]

    def test_reads_what_comes_with_a_500(self) -> None:
        trace = (
            "<Exception on server side:\njava.util.concurrent.CompletionException: org.example.SadException: no\n"
            "\tat a.B.c(B.java:1)\nCaused by: org.example.SadException: no\n\t... 4 more\n\n"
            "End of exception on server side>"
        )
        assert [str(one) for one in chain(trace)] == ["SadException: no", "SadException: no"]

    def test_sees_through_wrappers_that_only_repeat(self) -> None:
        trace = (
            "org.apache.flink.util.SerializedThrowable: java.util.concurrent.CompletionException: "
            "java.lang.RuntimeException: org.example.SadException: it is: sad"
        )
        assert chain(trace) == (Throwable("org.example.SadException", "it is: sad"),)

    def test_keeps_messages_of_several_lines(self) -> None:
        trace = (
            "org.example.OuterException: first\nsecond\n\n third\n\tat a.B.c(B.java:1)\n"
            "Caused by: org.example.InnerException: one\ntwo\n\tat a.B.c(B.java:1)\n"
        )
        assert [one.message for one in chain(trace)] == ["first\nsecond\n\n third", "one\ntwo"]

    def test_leaves_out_what_was_suppressed(self) -> None:
        trace = (
            "org.example.OuterException: out\n\tat a.B.c(B.java:1)\n"
            "\tSuppressed: org.example.CloseException: closing\n\t\tat a.B.close(B.java:9)\n"
            "\tCaused by: org.example.DiskException: full\n\t\t... 3 more\n"
            "Caused by: org.example.InnerException: in\n\t... 2 more\n"
        )
        assert [one.name for one in chain(trace)] == ["OuterException", "InnerException"]

    def test_takes_a_sentence_for_a_message(self) -> None:
        assert chain("Job 1 not found") == (Throwable("", "Job 1 not found"),)

    @pytest.mark.parametrize("message", ["demo.Nope", "org.apache.kafka.Source", "file.txt: not found", "/a/b.jar"])
    def test_takes_a_message_that_looks_like_a_name_for_a_message(self, message: str) -> None:
        assert chain(f"java.lang.ClassNotFoundException: {message}") == (
            Throwable("java.lang.ClassNotFoundException", message),
        )

    def test_of_nothing_is_empty(self) -> None:
        assert chain("") == chain("\n") == ()


class TestDeepest:
    def test_of_a_cause_without_a_message_says_where_and_under_what(self) -> None:
        trace = (
            "org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy\n"
            "\tat org.apache.flink.A.b(A.java:1)\n"
            "Caused by: java.lang.NullPointerException\n"
            "\tat org.example.Enrich.map(Enrich.java:42)\n\tat a.B.c(B.java:1)\n"
        )
        assert str(deepest(trace)) == (
            "NullPointerException: at org.example.Enrich.map(Enrich.java:42) "
            "(under JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy)"
        )

    def test_without_any_message_is_the_name_and_the_place(self) -> None:
        trace = "java.lang.NullPointerException\n\tat org.example.Enrich.map(Enrich.java:42)\n"
        assert str(deepest(trace)) == "NullPointerException: at org.example.Enrich.map(Enrich.java:42)"

    def test_without_a_frame_is_the_name(self) -> None:
        assert str(deepest("java.util.concurrent.CompletionException: java.util.concurrent.TimeoutException")) == (
            "TimeoutException"
        )

    def test_of_nothing_says_nothing(self) -> None:
        assert str(deepest("")) == ""
