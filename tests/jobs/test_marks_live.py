"""Marks on the jobs of real clusters of both majors."""

from __future__ import annotations

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.flink import marks
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT
from tests.jobs.live import Live
from tests.jobs.test_marks import AWKWARD, FORMS, YAML

pytestmark = pytest.mark.live


def user_config(live: Live, given: dict[str, str]) -> dict[str, object]:
    """Run a job with a configuration to its end; return what Flink shows of its parameters."""
    live.attempt = Attempt(Identity("dag", f"{live.identity.run_id} of {given}", "task"), "run")
    job = live.submit(BOUNDED_COUNT, "--records", "5", configuration=given)
    return dict(live.api.jobs.configuration(live.wait(job.id).id).execution_config.user_config)


def test_a_mark_is_read_back_as_it_was_written(live: Live) -> None:
    entries = marks.configuration(AWKWARD, {}, program_id="f" * 32, on_kill="cancel", wait_until="finished")
    mark = marks.read(user_config(live, entries))
    assert mark
    assert mark.belongs_to(AWKWARD)
    assert (mark.dag_id, mark.run_id, mark.task_id) == (AWKWARD.dag_id, AWKWARD.run_id, AWKWARD.task_id)
    assert (mark.map_index, mark.program_id, mark.on_kill, mark.wait_until) == (3, "f" * 32, "cancel", "finished")


@pytest.mark.parametrize("text", FORMS)
def test_parameters_of_the_user_stay_as_flink_reads_them(live: Live, text: str) -> None:
    given = {marks.GLOBAL_JOB_PARAMETERS: text}
    alone = user_config(live, given)
    together = user_config(live, given | marks.configuration(AWKWARD, given))
    mark = marks.read(together)
    assert mark
    assert mark.belongs_to(AWKWARD)
    assert {key: value for key, value in together.items() if not key.startswith("airflow.")} == alone


def test_yaml_stays_yaml(live: Live) -> None:
    if not live.has_applications:
        pytest.skip("Flink 1.x reads no YAML there, unless its own configuration is in config.yaml.")
    for text in YAML:
        test_parameters_of_the_user_stay_as_flink_reads_them(live, text)
