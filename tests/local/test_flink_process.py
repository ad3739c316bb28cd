from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_dli.local.configuration import Ports, flink_configuration
from airflow_provider_dli.local.distribution import Distribution
from airflow_provider_dli.local.errors import StartError
from airflow_provider_dli.local.flink_process import JOBMANAGER, TASKMANAGER, Role, command

HERE = Path("/somewhere")


def options(role: Role, **overrides: str) -> list[str]:
    configuration = flink_configuration(HERE, Ports(1, 2), 4, None, overrides)
    distribution = Distribution("2.3.0", HERE / "flink", HERE / "java")
    return command(role, distribution, configuration, HERE / "conf", HERE / "log")


@pytest.mark.parametrize(
    ("size", "heap"), [("300m", 300), ("1g", 1024), ("1 GB", 1024), ("512 mebibytes", 512), ("1073741824", 1024)]
)
def test_the_heap_is_as_configured(size: str, heap: int) -> None:
    assert f"-Xmx{heap}m" in options(JOBMANAGER, **{"jobmanager.memory.heap.size": size})


def test_a_taskmanagers_memory_is_the_sum_of_its_parts() -> None:
    sizes = {
        "taskmanager.memory.framework.heap.size": "100m",
        "taskmanager.memory.task.heap.size": "23m",
        "taskmanager.memory.framework.off-heap.size": "100m",
        "taskmanager.memory.task.off-heap.size": "50m",
        "taskmanager.memory.network.max": "6m",
    }
    assert {"-Xmx123m", "-XX:MaxDirectMemorySize=156m"} <= set(options(TASKMANAGER, **sizes))


def test_what_is_no_size_is_refused() -> None:
    with pytest.raises(StartError, match="'lots' is no size of memory"):
        options(JOBMANAGER, **{"jobmanager.memory.heap.size": "lots"})


def test_flinks_own_settings_of_java_options_hold() -> None:
    settings = {"env.java.opts.all": "-Da=1 -Db='2 3'", "env.java.opts.taskmanager": "-Dc=4"}
    assert {"-Da=1", "-Db=2 3"} <= set(options(JOBMANAGER, **settings))
    assert "-Dc=4" not in options(JOBMANAGER, **settings)
    assert "-Dc=4" in options(TASKMANAGER, **settings)
