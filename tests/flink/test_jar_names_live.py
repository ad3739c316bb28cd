"""Jars with names that Flink decodes twice, on live clusters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT
from tests.jobs.live import DEMO, Live

pytestmark = pytest.mark.live

NAMES = (
    "jobs-1.0+build.2.jar",
    "100%.jar",
    "%2B.jar",
    "a%2525b.jar",
    "really?.jar",
    'a "job".jar',
    "ümlaut & #1 (2);.jar",
)


def test_a_jar_of_any_name_is_run_and_deleted(flink: LocalFlink) -> None:
    with Live(flink) as live:
        for name in NAMES:
            jar_id = live.api.jars.upload(replace(DEMO, filename=name)).id
            assert jar_id in {jar.id for jar in live.api.jars.overview().files}
            assert live.api.jars.plan(jar_id, Program(BOUNDED_COUNT)).nodes
            assert live.api.jars.plan_by_get(jar_id, entry_class=BOUNDED_COUNT).nodes
            live.api.jars.delete(jar_id)
            assert jar_id not in {jar.id for jar in live.api.jars.overview().files}
