"""A short run of the model: always the same examples. ``make model`` runs it for as long as is wanted."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.expected import KNOWN
from tests.model.machine import Model

EXAMPLES = 200


class ShortModel(Model):
    known = KNOWN


@pytest.mark.timeout(600)
def test_the_guarantees_hold_whatever_happens() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        ShortModel,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
