"""What a Spark batch can be set to: to run it, or as the content of a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

# A member is spelled as the parameter is, but for these.
_SPELLED: Final[Mapping[str, str]] = {
    "class_name": "className",
    "py_files": "pyFiles",
    "driver_memory": "driverMemory",
    "driver_cores": "driverCores",
    "executor_memory": "executorMemory",
    "executor_cores": "executorCores",
    "num_executors": "numExecutors",
}


class Package(TypedDict, total=False):
    """A package: its ``name``, and its ``type``, as in ``jar``."""

    name: str
    type: str


class PackageGroup(TypedDict, total=False):
    """A group of packages: its ``name`` and its ``resources``."""

    name: str
    resources: Sequence[Package]


@dataclass(frozen=True, kw_only=True)
class SparkBatch:
    """A Spark program, and how it runs.

    :param file: the program, a jar or a Python file: a path in OBS, or the name of a package.
    :param class_name: the class whose ``main`` runs; empty for a Python file.
    :param queue: the queue that it runs on.
    :param cluster_name: the same by an older name; ``queue`` wins.
    :param name: its name, 128 characters at most.
    :param args: the arguments of ``main``.
    :param sc_type: its size: ``A`` 8 cores and 32 GB, ``B`` 16 and 64, ``C`` 32 and 128.
    :param driver_memory: memory of the driver, with its unit, as in ``2G``; this and the next four change the size.
    :param driver_cores: cores of the driver.
    :param executor_memory: memory of an executor, with its unit.
    :param executor_cores: cores of an executor.
    :param num_executors: how many executors.
    :param jars: more jars.
    :param py_files: Python packages.
    :param files: files.
    :param modules: modules that DLI brings along.
    :param resources: packages.
    :param groups: groups of packages.
    :param conf: Spark's own options, as in ``{"spark.dli.metaAccess.enable": "true"}``.
    :param feature: ``basic`` or ``ai``, images of DLI's, or ``custom``, the one that ``image`` names.
    :param spark_version: the version of Spark, for an image of DLI's; 2.3.2 by default.
    :param image: an image of one's own, as in ``organization/name:tag``.
    :param auto_recovery: whether DLI runs it again when it fails; it does not by default.
    :param max_retry_times: how many times, 0 to 100; 20 by default.
    :param obs_bucket: the bucket for its logs and results; DLI must have been authorized to use it.
    :param catalog_name: ``dli`` to use DLI's own metadata.
    :param execution_agency_urn: the name of the agency that it acts as; Spark 3.3.1 reaches no bucket without one.
    """

    file: str = field(kw_only=False)
    class_name: str = field(kw_only=False)
    queue: str | None = None
    cluster_name: str | None = None
    name: str | None = None
    args: Sequence[str] | None = None
    sc_type: str | None = None
    driver_memory: str | None = None
    driver_cores: int | None = None
    executor_memory: str | None = None
    executor_cores: int | None = None
    num_executors: int | None = None
    jars: Sequence[str] | None = None
    py_files: Sequence[str] | None = None
    files: Sequence[str] | None = None
    modules: Sequence[str] | None = None
    resources: Sequence[Package] | None = None
    groups: Sequence[PackageGroup] | None = None
    conf: Mapping[str, Any] | None = None
    feature: str | None = None
    spark_version: str | None = None
    image: str | None = None
    auto_recovery: bool | None = None
    max_retry_times: int | None = None
    obs_bucket: str | None = None
    catalog_name: str | None = None
    execution_agency_urn: str | None = None

    def body(self) -> Mapping[str, Any]:
        """Return the members of a request's body."""
        return {_SPELLED.get(name, name): value for name, value in vars(self).items()}
