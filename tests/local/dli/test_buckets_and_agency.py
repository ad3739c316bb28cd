from __future__ import annotations

from pathlib import Path

from airflow_provider_dli.local.dli.switches import Switches
from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

AUTHORIZE = "/v1.0/{project_id}/dli/obs-authorize"
AGENCY = "/v2/{project_id}/agency"


def test_buckets_are_authorized(dli: DliClient) -> None:
    answer = accepted(dli.post(AUTHORIZE, {"obs_buckets": ["code", "state"]}))

    assert answer["is_success"] == "true"
    assert dli.store.kind("authorized_buckets").get("state")
    assert refused(dli.post(AUTHORIZE, {"obs_buckets": []})) == "DLI.0001"


def test_the_flag_may_be_no_text(tmp_path: Path) -> None:
    dli = DliClient(tmp_path, switches=Switches(quoted_success=False))

    assert accepted(dli.post(AUTHORIZE, {"obs_buckets": ["code"]}))["is_success"] is True
    dli.close()


def test_an_agency_is_created_and_shown(dli: DliClient) -> None:
    assert refused(dli.get(AGENCY), 404) == "DLI.0001"
    accepted(dli.post(AGENCY, {"roles": ["obs_adm", "vpc_netadm"]}))

    assert accepted(dli.get(AGENCY)) == {
        "is_success": True,
        "message": "",
        "version": "v2",
        "current_roles": ["obs_adm", "vpc_netadm"],
    }
    assert refused(dli.post(AGENCY, {"roles": ["king"]})) == "DLI.0001"
