"""Which tests `make test` leaves to `make test-long`: those of which a shorter test shows the same mechanism."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

FLINK_1, FLINK_2 = FLINKS = ("1.20.5", "2.3.0")
ROOT = Path(__file__).parent
#: What is above the flows. The flows run on both majors of Flink, so one major is enough here.
OF_AIRFLOW = {
    "hooks",
    "operators",
    "sensors",
    "triggers",
    "test_bad_input.py",
    "test_secrets.py",
}
#: Tests without a cluster, or of another Airflow line, show what the live ones of these files show.
SHOWN_BY_OTHERS = {
    # `make demo` runs them on this Airflow, and Airflow 2.11 runs them as tests.
    "test_example_dags.py",
    # All that is live runs these jobs.
    "test_demo_jobs.py",
    # The operators and the contract with Huawei's client run SQL on DLI.
    "test_sql_jobs_live.py",
}
#: Live tests by file, with a pattern for their names. Each has a sibling that stays, or a scripted test of its flow.
LONG: Mapping[str, str] = {
    # Each way to lose a response, and each clock, is scripted in tests/jobs/dli; a few prove it on the emulator.
    "operators/dli/test_ends.py": (
        r"a_gateway_in_front_of_dli.*(404|302)|an_answer_that_is_lost.*blind|job_that_dli_restarts.*without"
        r"|cannot_be_written.*at once|by_somebody_else.*canceling|nobody_has_authorized|finds_the_savepoint.*blind"
        r"|never_returns_an_older|a_job_that_goes_on.*blind|after_a_stop_names"
    ),
    "operators/dli/test_runs.py": (
        r"clocks_may_differ.*[ -]10 s|an_answer_that_is_lost.*drop|nobody_has_authorized|kill_of_an_earlier_try.*anew"
        r"|takes_too_long|what_differs_is_changed|not_changed_by_the_same|savepoint_of_ones_choice|runs_anew"
        r"|run_to_its_end_and_left"
    ),
    "operators/dli/test_batches.py": r"takes_too_long|rows_of_a_query",
    "sensors/test_dli.py": r"clocks_differ.*-600",
    # tests/tasks/test_identity.py has the identities of every line of Airflow.
    "operators/test_generations.py": r"3\.[12]\]$",
    # Where a flow runs, on a worker or in the triggerer, is not its doing.
    "operators/test_rescale.py": r"on the worker",
    "operators/test_first_line.py": r"on the worker",
    "operators/test_savepoints.py": r"takes_too_long.*on the worker",
    "operators/test_several_jobs.py": r"on the worker",
    "operators/test_disposals.py": r"(answer_that_is_lost|first_try_did).*on the worker",
    "operators/test_checkpoints.py": r"on the worker|what_the_cluster_has_forgotten",
    "operators/test_run_jar.py": r"(takes_too_long|wait_ends).*on the worker",
    "sensors/test_flink.py": r"waits_too_long.*(reschedule|poke)|rendered_values.*(reschedule|poke)",
    "test_bad_input.py": r"on the worker|no_directory.*Stop|no_cluster_at_the_address.*False",
    # One major of Flink shows what restarts, the other what is read after them.
    "jobs/test_outage_live.py": r"killed_taskmanager.*1\.20|restarted_jobmanager.*2\.3",
    "jobs/test_savepoint_live.py": r"has_forgotten\[-?(0|10)-|no_directory\[savepoint",
    "jobs/test_submit_live.py": r"answer_that_is_lost.*1\.20.*(302|404|408)",
    "jobs/test_marks_live.py": r"stay_as_flink_reads_them\[1\.20",
    "jobs/test_stop_live.py": r"takes_too_long.*1\.20",
    # How the local clusters come back is what tests/crash and the live tests of the flows stand on, too.
    "local/test_cluster.py": r"\[2\.3\.0-False|leaves_no_process.*False|taken_meanwhile|any_other_reason",
    "local/test_command_line.py": r"knows_what_it_knew|taken\[more1|without_a_dli",
    "local/dli/test_flink_jobs_killed.py": r"done_after_a_crash",
    "local/dli/test_flink_jobs_live.py": r"restarts_by_itself.*1-1|for_another_job.*kept-too|restarts_may_show",
    "flink/test_contract_live.py": r"1\.20",
}


def is_long(item: pytest.Item) -> bool:
    """Return whether a test is left to `make test-long` on Airflow 3.

    :param item: the test.
    """
    parts = item.path.relative_to(ROOT).parts
    if parts[-1] in SHOWN_BY_OTHERS:
        return item.get_closest_marker("live") is not None
    if re.search(LONG.get("/".join(parts), "(?!)"), item.name):
        return True
    if parts[:2] == ("operators", "dli") or parts == ("sensors", "test_dli.py"):
        # The same flows wait on a worker for jobs on Flink.
        return any(way in item.name for way in ("on the worker", "poke", "reschedule"))
    return FLINK_1 in item.name and (parts[0] in OF_AIRFLOW or parts[-1] == "test_cluster.py")


def is_of_one_flink(item: pytest.Item) -> bool:
    """Return whether a test runs on one Flink only, and this is the other one.

    :param item: the test.
    """
    return item.get_closest_marker("one_flink") is not None and FLINK_1 in item.name
