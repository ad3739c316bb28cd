"""Violations whose mending is on its way."""

from __future__ import annotations

#: Patterns of violations that the model finds now.
KNOWN = frozenset(
    {
        "^only kills end jobs: ",
    }
)
#: Scenarios that fail now, at least on some versions.
SCENARIOS = {
    "test_a_kill_while_a_program_of_several_jobs_is_submitted",
    "test_a_worker_that_was_given_up_leaves_the_job_of_the_next_try",
}
