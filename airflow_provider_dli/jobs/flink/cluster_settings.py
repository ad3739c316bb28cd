"""Settings of a cluster that savepoints depend on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from airflow_provider_dli.flink.endpoints import jobmanager
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.flow import Flow

# Both names: the one since Flink 1.20, and the one before, which 1.20 reads as well.
_SAVEPOINT_DIRECTORY = ("execution.checkpointing.savepoint-dir", "state.savepoints.dir")
_CHECKPOINTS_CACHE = "rest.cache.checkpoint-statistics.timeout"
_CACHE = "web.refresh-interval"
# Seconds that Flink keeps its response about checkpoints, unless set otherwise.
_DEFAULT_CACHE = 3.0
# Seconds added to that: Flink counts in milliseconds, from when the response was made.
_MARGIN = 0.1
_SECONDS = {
    **dict.fromkeys(("d", "day"), 86400.0),
    **dict.fromkeys(("h", "hour"), 3600.0),
    **dict.fromkeys(("m", "min", "minute"), 60.0),
    **dict.fromkeys(("s", "sec", "second"), 1.0),
    **dict.fromkeys(("ms", "milli", "millisecond"), 1e-3),
    **dict.fromkeys(("µs", "micro", "microsecond"), 1e-6),
    **dict.fromkeys(("ns", "nano", "nanosecond"), 1e-9),
}


@dataclass(frozen=True)
class ClusterSettings:
    """Settings of a cluster that savepoints depend on.

    :param savepoint_directory: the default directory for savepoints; None where there is none.
    :param checkpoints_lag: seconds by which its response about a job's checkpoints may be late.
    """

    savepoint_directory: str | None = None
    checkpoints_lag: float = _DEFAULT_CACHE + _MARGIN


def read_settings(gate: Gate) -> Flow[ClusterSettings | None]:
    """Return a cluster's settings; None where a gateway does not let them through.

    :param gate: the cluster.
    """
    dialect = yield from gate.dialect()
    entries = yield from gate.probe(
        jobmanager.configuration(),
        "The cluster's settings cannot be read. Without savepoint_directory, savepoints get no directory of their own",
    )
    if entries is None:
        return None
    settings = {entry.key: entry.value for entry in entries if entry.value}
    directory = next((settings[key] for key in _SAVEPOINT_DIRECTORY if key in settings), None)
    return ClusterSettings(directory, _cache(dialect, settings) + _MARGIN)


def _cache(dialect: Dialect, settings: Mapping[str, str]) -> float:
    keys = (_CHECKPOINTS_CACHE, _CACHE) if dialect.version >= (1, 18) else (_CACHE,)
    lengths = (_seconds(settings[key]) for key in keys if key in settings)
    return next((length for length in lengths if length is not None), _DEFAULT_CACHE)


def _seconds(duration: str) -> float | None:
    """Return a duration in Flink's spelling, as ``3 s`` or ``500``, in seconds; None for one that is not readable."""
    match = re.fullmatch(r"(\d+)\s*([a-zµ]*)", duration.strip().lower())
    if match is None:
        return None
    unit = match[2] or "ms"
    seconds = _SECONDS.get(unit, _SECONDS.get(unit.removesuffix("s")))
    return None if seconds is None else int(match[1]) * seconds
