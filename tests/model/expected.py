"""Violations whose mending is on its way."""

from __future__ import annotations

#: Patterns of violations that the model finds now.
KNOWN = frozenset(
    {
        "^only kills end jobs: ",
        "^path kept: ",
    }
)
#: Scenarios that fail now, at least on some versions.
SCENARIOS = {
    "test_the_cluster_is_out_of_reach_once_a_savepoint_has_begun",
    "test_a_kill_while_a_program_of_several_jobs_is_submitted",
    "test_a_worker_that_was_given_up_leaves_the_job_of_the_next_try",
}
