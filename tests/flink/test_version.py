from __future__ import annotations

import pytest

from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version

V1_9, V1_12, V1_13, V1_14, V1_15, V1_19, V1_20 = (Version(1, minor) for minor in (9, 12, 13, 14, 15, 19, 20))
V2_0, V2_3 = Version(2, 0), Version(2, 3)


@pytest.mark.parametrize(
    ("text", "version"),
    [("2.3.0", (2, 3)), ("1.20-SNAPSHOT", (1, 20)), ("1.17.1-vendor-3", (1, 17)), ("10.11.12", (10, 11))],
)
def test_a_version_is_read(text: str, version: tuple[int, int]) -> None:
    assert Version.read(text) == version


@pytest.mark.parametrize("text", ["", "<unknown>", "v1.20", "2"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version of Flink"):
        Version.read(text)


def test_versions_are_compared_as_numbers() -> None:
    assert V1_9 < V1_12 < V1_20 < V2_0 < V2_3
    assert str(V1_20) == "1.20"


@pytest.mark.parametrize(("version", "chosen"), [(V1_14, False), (V1_15, True), (V2_3, True)], ids=str)
def test_who_chooses_the_id_of_a_savepoint(version: Version, chosen: bool) -> None:
    assert Dialect(version).own_trigger_id is chosen


@pytest.mark.parametrize(("version", "must"), [(V1_9, True), (V1_12, True), (V1_13, False), (V2_3, False)], ids=str)
def test_who_must_be_told_what_is_false(version: Version, must: bool) -> None:
    assert Dialect(version).must_send_flags is must


@pytest.mark.parametrize(
    ("version", "field"),
    [(V1_15, "restoreMode"), (V1_19, "restoreMode"), (V1_20, "claimMode"), (V2_3, "claimMode")],
    ids=str,
)
def test_what_the_claim_mode_is_called(version: Version, field: str) -> None:
    assert Dialect(version).claim_mode_field == field


@pytest.mark.parametrize(
    ("version", "key"),
    [
        (V1_9, "state.savepoints.dir"),
        (V1_19, "state.savepoints.dir"),
        (V1_20, "execution.checkpointing.savepoint-dir"),
        (V2_3, "execution.checkpointing.savepoint-dir"),
    ],
    ids=str,
)
def test_what_the_savepoint_directory_is_called(version: Version, key: str) -> None:
    assert Dialect(version).savepoint_directory_key == key


def test_what_a_version_does_not_have_is_refused() -> None:
    with pytest.raises(NotInThisVersion) as caught:
        _ = Dialect(V1_14).claim_mode_field
    assert str(caught.value) == "claim_mode needs Flink 1.15 or newer; the cluster runs 1.14."
    Dialect(V1_15).require("claim_mode", (1, 15))
