from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_dli.local.dli.obs import BadObsAddressError, ObjectStore


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    (tmp_path / "data").mkdir()
    return ObjectStore(tmp_path)


@pytest.mark.parametrize("address", ["obs://data/in/a.jar", "data/in/a.jar", "obs://data/in//a.jar/"])
def test_an_address_is_a_path(objects: ObjectStore, address: str) -> None:
    assert objects.path(address) == objects.root / "data" / "in" / "a.jar"


@pytest.mark.parametrize(
    "address", ["", "obs://", "/etc/passwd", "obs:///etc", "data/../../x", "obs://..", "data/./x", "data/..\\x"]
)
def test_an_address_that_leads_nowhere_is_refused(objects: ObjectStore, address: str) -> None:
    with pytest.raises(BadObsAddressError, match="is no path in OBS"):
        objects.path(address)


def test_a_path_is_an_address(objects: ObjectStore, tmp_path: Path) -> None:
    assert objects.address(tmp_path / "data" / "x" / "y") == "data/x/y"
    with pytest.raises(BadObsAddressError, match="is not in the object store"):
        objects.address(tmp_path.parent)


def test_a_link_does_not_lead_out(objects: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "data" / "link").symlink_to("/etc")
    with pytest.raises(BadObsAddressError, match="leads out of the object store"):
        objects.path("data/link/passwd")


def test_buckets(objects: ObjectStore) -> None:
    assert objects.has_bucket("data")
    assert not objects.has_bucket("other")
    assert not objects.has_bucket("data/in")


def test_addresses_within_a_text(objects: ObjectStore) -> None:
    text = "WITH ('path' = 'obs://data/a b/', 'other' = \"obs://data/x\")"
    root = objects.root.as_uri()
    assert objects.localized("'obs://data/in/'") == f"'{root}/data/in/'"
    assert objects.localized(text).endswith(f'"{root}/data/x")')
    with pytest.raises(BadObsAddressError):
        objects.localized("'obs://data/../../x'")
