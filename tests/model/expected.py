"""Violations whose mending is on its way."""

from __future__ import annotations

#: Patterns of violations that the model finds now.
KNOWN = frozenset({})
#: Scenarios that fail now, at least on some versions.
SCENARIOS = {
    "test_a_kill_while_a_program_of_several_jobs_is_submitted",
}
