from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.local.dli.resources import obs_path
from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

PACKAGES = "/v2.0/{project_id}/resources"
JAR = {"paths": ["obs://code/job.jar"], "group": "orders"}


def put_object(dli: DliClient, bucket: str = "code", key: str = "job.jar") -> None:
    file = dli.settings.obs / bucket / key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"jar")


def state(dli: DliClient, name: str) -> str:
    return str(dli.get(f"{PACKAGES}/{name}").json()["status"])


def test_a_package_is_uploaded_and_found(dli: DliClient) -> None:
    put_object(dli)
    answer = accepted(dli.post(f"{PACKAGES}/jars", JAR), 201)
    assert (answer["group_name"], answer["status"], answer["resources"]) == ("orders", "UPLOADING", ["job.jar"])
    assert "is_success" not in answer

    dli.clock.advance(1)
    assert state(dli, "job.jar") == "READY"
    assert obs_path(dli.services, "orders/job.jar") == obs_path(dli.services, "job.jar") == "obs://code/job.jar"
    assert obs_path(dli.services, "other/job.jar") is None


def test_a_package_that_is_not_in_obs_fails(dli: DliClient) -> None:
    accepted(dli.post(f"{PACKAGES}/jars", JAR), 201)
    dli.clock.advance(1)

    assert state(dli, "job.jar") == "FAILED"


def test_a_package_may_be_given_as_the_console_shows_it(dli: DliClient) -> None:
    address = "https://code.obs.local-1.myhuaweicloud.com/jars/job.jar"
    accepted(dli.post(PACKAGES, {"paths": [address], "kind": "jar", "group": "orders", "is_async": True}), 201)

    assert obs_path(dli.services, "job.jar") == "obs://code/jars/job.jar"


def test_packages_are_listed_by_kind_and_group(dli: DliClient) -> None:
    accepted(dli.post(f"{PACKAGES}/jars", JAR), 201)
    accepted(dli.post(f"{PACKAGES}/pyfiles", {"paths": ["obs://code/job.py"], "group": "orders"}), 201)
    accepted(dli.post(f"{PACKAGES}/files", {"paths": ["obs://code/x.conf"], "group": "settings"}), 201)

    every = accepted(dli.get(PACKAGES))
    assert (every["total"], every["modules"]) == (3, [])
    assert [(one["group_name"], one["resources"]) for one in every["groups"]] == [  # type: ignore[attr-defined]
        ("orders", ["job.jar", "job.py"]),
        ("settings", ["x.conf"]),
    ]
    [package] = dli.get(PACKAGES, query={"kind": "pyfile"}).json()["resources"]
    assert package["resource_name"] == "job.py"


def test_a_package_is_deleted_and_given_away(dli: DliClient) -> None:
    accepted(dli.post(f"{PACKAGES}/jars", JAR), 201)
    accepted(dli.put(f"{PACKAGES}/owner", {"new_owner": "ann", "group_name": "orders"}))
    assert dli.get(f"{PACKAGES}/job.jar").json()["owner"] == "ann"

    assert refused(dli.delete(f"{PACKAGES}/job.jar", query={"group": "other"}), 404) == "DLI.0023"
    assert dli.delete(f"{PACKAGES}/job.jar", query={"group": "orders"}).content == b""
    assert refused(dli.get(f"{PACKAGES}/job.jar"), 404) == "DLI.0023"
    assert refused(dli.put(f"{PACKAGES}/owner", {"new_owner": "ann", "group_name": "orders"}), 404) == "DLI.0023"


@pytest.mark.parametrize("wrong", [{"paths": []}, {"paths": None}, {"group": None}, {"paths": ["obs://code/../x"]}])
def test_a_package_that_cannot_be_is_refused(dli: DliClient, wrong: dict[str, Any]) -> None:
    assert refused(dli.post(f"{PACKAGES}/jars", {**JAR, **wrong})) == "DLI.0001"
    assert refused(dli.post(PACKAGES, {**JAR, **wrong, "kind": "jar"})) == "DLI.0001"


def test_the_kind_of_a_package_is_told(dli: DliClient) -> None:
    assert refused(dli.post(PACKAGES, JAR)) == refused(dli.post(PACKAGES, {**JAR, "kind": "tar"})) == "DLI.0001"
