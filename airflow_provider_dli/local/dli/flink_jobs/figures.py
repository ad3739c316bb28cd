"""How much a job on the Flink has read and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_provider_dli.local.dli.flink import FlinkRunner


@dataclass(frozen=True)
class Stream:
    """What came in at one source, or went out at one sink.

    :param name: its name.
    :param records: how many records, since the job started.
    :param rate: how many in a second, at present.
    """

    name: str
    records: int
    rate: float


@dataclass(frozen=True)
class Traffic:
    """What a job has read and written.

    :param sources: where it reads.
    :param sinks: where it writes.
    """

    sources: tuple[Stream, ...] = ()
    sinks: tuple[Stream, ...] = ()


def traffic(runner: FlinkRunner, flink_job_id: str) -> Traffic | None:
    """Return what a job has read and written; None where the Flink does not know it.

    :param runner: the Flink.
    :param flink_job_id: the job.
    :raises FlinkTroubleError: when the Flink cannot be reached.
    """
    graph = runner.graph(flink_job_id)
    if graph is None:
        return None
    nodes = (graph.get("plan") or {}).get("nodes") or []
    with_input = {node["id"] for node in nodes if node.get("inputs")}
    with_output = {entry["id"] for node in nodes for entry in node.get("inputs") or ()}
    sources = [vertex for vertex in graph["vertices"] if vertex["id"] not in with_input]
    sinks = [vertex for vertex in graph["vertices"] if vertex["id"] not in with_output]
    return Traffic(
        tuple(_stream(runner, flink_job_id, vertex, "Out") for vertex in sources),
        tuple(_stream(runner, flink_job_id, vertex, "In") for vertex in sinks),
    )


def _stream(runner: FlinkRunner, flink_job_id: str, vertex: dict[str, Any], way: str) -> Stream:
    operators = [name.strip() for name in vertex["name"].split("->")]
    seen = runner.figures(flink_job_id, vertex["id"], (f"numRecords{way}", f"numRecords{way}PerSecond"))
    name = operators[0 if way == "Out" else -1]
    return Stream(name, int(seen[f"numRecords{way}"]), seen[f"numRecords{way}PerSecond"])
