"""Violations whose mending is on its way."""

from __future__ import annotations

#: Patterns of violations that the model finds now.
KNOWN = frozenset(
    {
        "^complete: ",
        "^one start: ",
        "^only kills end jobs: ",
        "No clear answer to the submission, and no job",
        "FileNotFoundException|DuplicateJobSubmissionException",
        "^path kept: ",
    }
)
#: Scenarios that fail now, at least on some versions.
SCENARIOS = {
    "test_a_finished_job_is_forgotten_before_the_retry",
    "test_one_answers_by_itself_for_a_while",
    "test_the_cluster_is_out_of_reach_once_a_savepoint_has_begun",
    "test_a_worker_that_was_given_up_leaves_the_job_of_the_next_try",
    "test_two_environments",
    "test_what_fails_is_no_success",
    "test_a_triggerer_that_hung_leaves_the_job_of_a_task_that_succeeded",
}
