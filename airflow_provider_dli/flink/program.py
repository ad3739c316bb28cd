"""How a jar is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """How a jar is run.

    :param entry_class: the class whose ``main`` runs; None for the one in the jar's manifest.
    :param arguments: the arguments of ``main``.
    :param parallelism: the default parallelism, 1 or more; None for the cluster's own.
    :param configuration: settings of Flink for this job (Flink 1.17+).
    :param savepoint_path: the savepoint or checkpoint to start from.
    :param allow_non_restored_state: whether state that the job has no operator for may be left behind.
    :param claim_mode: who owns the savepoint then: ``CLAIM``, ``NO_CLAIM`` or ``LEGACY`` (Flink 1.15+).
    """

    entry_class: str | None = None
    arguments: Sequence[str] = ()
    parallelism: int | None = None
    configuration: Mapping[str, str] | None = None
    savepoint_path: str | None = None
    allow_non_restored_state: bool | None = None
    claim_mode: str | None = None
