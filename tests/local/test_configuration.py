from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from airflow_provider_dli.local.configuration import Ports, flink_configuration, write_configuration

DIRECTORY = Path("/somewhere")


def configuration(
    overrides: Mapping[str, str] | None = None, savepoints: Path | None = DIRECTORY / "savepoints"
) -> dict[str, str]:
    return flink_configuration(DIRECTORY, Ports(rest=1, rpc=2), 3, savepoints, overrides or {})


def test_what_the_user_sets_wins() -> None:
    assert configuration({"taskmanager.memory.managed.size": "1g"})["taskmanager.memory.managed.size"] == "1g"


def test_savepoints_have_a_default_directory_only_if_asked_for() -> None:
    assert configuration()["state.savepoints.dir"] == "file:///somewhere/savepoints"
    assert "state.savepoints.dir" not in configuration(savepoints=None)


def test_all_listens_on_this_machine_only() -> None:
    addresses = {key: value for key, value in configuration().items() if key.endswith(("host", "address"))}
    assert set(addresses.values()) == {"127.0.0.1"}


def test_there_is_high_availability_only_with_a_zookeeper() -> None:
    assert not [key for key in configuration() if key.startswith("high-availability")]
    settings = flink_configuration(DIRECTORY, Ports(rest=1, rpc=2, zookeeper=3), 3, None, {})
    assert settings["high-availability.zookeeper.quorum"] == "127.0.0.1:3"
    # Flink 1.16 knows the one key only, Flink 2 the other.
    assert settings["high-availability"] == settings["high-availability.type"] == "zookeeper"


@pytest.mark.parametrize("version", ["1.19.3", "1.20.5", "2.3.0"])
def test_newer_versions_read_yaml(version: str, tmp_path: Path) -> None:
    settings = configuration({"odd": "a: 'b' # \"c\" *", "number": "007"})
    write_configuration(settings, tmp_path, version)
    assert yaml.safe_load((tmp_path / "config.yaml").read_text()) == settings


def test_older_versions_read_plain_lines(tmp_path: Path) -> None:
    write_configuration({"a.key": "value: *"}, tmp_path, "1.18.1")
    assert (tmp_path / "flink-conf.yaml").read_text() == "a.key: value: *\n"
