"""What must hold before a Flink job is stored or run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from airflow_provider_dli.local.dli.flink_jobs.members import EDGE_JOB, JAR_JOB
from airflow_provider_dli.local.dli.obs import BadObsAddressError, ObjectStore
from airflow_provider_dli.local.dli.parameters import from_json
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document


def check_told(services: Services, config: dict[str, Any], queue_name: str | None) -> None:
    """Check what a job is told: that it fits together, and that what it names is there.

    :raises Refusal: for the first thing that is wrong.
    """
    if queue_name:
        Directory(services).find(queue_name)
    if config.get("resume_max_num") == 0:
        raise dli("DLI.0001", "The parameter resume_max_num must be -1 or greater than 0; it is 0.")
    settings_in(config.get("runtime_config"))
    _check_storage(services, config)


def settings_in(runtime_config: str | None) -> dict[str, str]:
    """Return the settings of Flink that a job is told.

    :param runtime_config: JSON in a text, a list of objects with ``key`` and ``value``, or one object.
    :raises Refusal: when it is something else.
    """
    try:
        given = from_json(runtime_config) if runtime_config and runtime_config.strip() else {}
        pairs = given.items() if isinstance(given, dict) else [(one["key"], one["value"]) for one in given]
    except (ValueError, TypeError, KeyError):
        raise dli(
            "DLI.0001", 'The parameter runtime_config must be a JSON text like [{"key": "a.b", "value": "c"}].'
        ) from None
    return {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in pairs}


def check_bucket(services: Services, bucket: str) -> None:
    """Check that DLI may use a bucket.

    :raises Refusal: DLI.11016, when it may not.
    """
    if services.settings.switches.authorize_buckets_by_hand:
        authorized = services.store.kind("authorized_buckets").get(bucket) is not None
    else:
        authorized = has_bucket(services, bucket)
    if not authorized:
        raise dli("DLI.11016", f"The OBS bucket {bucket} is not authorized for DLI. Authorize it first.")


def has_bucket(services: Services, bucket: str) -> bool:
    """Tell whether there is such a bucket."""
    try:
        return ObjectStore(services.settings.obs).has_bucket(bucket)
    except BadObsAddressError:
        return False


def located(objects: ObjectStore, address: str, parameter: str) -> Path:
    """Return where something lies that a parameter names in OBS.

    :raises Refusal: DLI.0001, when it leads nowhere.
    """
    try:
        return objects.path(address)
    except BadObsAddressError as error:
        raise dli("DLI.0001", f"The parameter {parameter}: {error}") from None


def check_runnable(services: Services, job: Document) -> None:
    """Check that a job has all that it needs to run.

    :raises Refusal: for the first thing that is missing.
    """
    _check_queue(services, job)
    wanted = ("config", "entrypoint") if job["job_type"] == JAR_JOB else ("sql_body",)
    value: Any = job
    for name in wanted:
        value = value.get(name)
    if not value:
        raise dli(
            "DLI.0001", f"The job {job['name']} has no {wanted[-1]}, so there is nothing to run: update it first."
        )
    check_told(services, job["config"], job.get("queue_name"))
    if services.settings.flink is None and job["job_type"] != EDGE_JOB:
        raise dli("DLI.0012", "No Flink runs behind this emulator: start it with the address of one.")


def _check_queue(services: Services, job: Document) -> None:
    shared = job.get("run_mode") == "shared_cluster"
    if job["job_type"] == EDGE_JOB or (shared and job["job_type"] == "flink_sql_job"):
        return
    if not job.get("queue_name"):
        raise dli("DLI.13024", "No job-running queue selected. Please select a queue for your job.")
    if shared:
        raise dli("DLI.0007", f"A {job['job_type']} does not run in shared_cluster: set run_mode to exclusive_cluster.")


def _check_storage(services: Services, config: dict[str, Any]) -> None:
    needs = [name for name in ("checkpoint_enabled", "log_enabled") if config.get(name)]
    bucket = config.get("obs_bucket")
    if needs and not bucket:
        raise dli("DLI.0001", f"The parameter obs_bucket is mandatory when {needs[0]} is true.")
    if bucket:
        check_bucket(services, bucket)
    if needs and _is_new(config.get("flink_version")) and not config.get("execution_agency_urn"):
        raise dli("DLI.0001", f"The parameter execution_agency_urn is mandatory when {needs[0]} is true (Flink 1.15+).")


def _is_new(flink_version: str | None) -> bool:
    match = re.match(r"(\d+)\.(\d+)", flink_version or "")
    return match is not None and (int(match[1]), int(match[2])) >= (1, 15)
