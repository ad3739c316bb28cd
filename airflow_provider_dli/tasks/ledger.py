"""Ledger of a task instance in Airflow's task state store (Airflow 3.3+).

XComs end with each try; the store outlives tries and clears. It goes with the DAG run. Entries are kept by generation:
one generation never reads the entries of another one, and knows the names of those before it.

Where there is no store, or it fails, the ledger is not durable, and the conservative rules of each flow apply.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_dli.jobs.identity import Identity

KEY = "airflow_provider_dli.flow"
VERSION = 2
# Generations that are kept; a store holds some 64 kB for a key.
_MOST_GENERATIONS = 20

_log = logging.getLogger(__name__)
# Tries whose store has failed: one warning each is enough.
_warned: set[tuple[Any, ...]] = set()


class StoreLedger:
    """The ledger of one generation of a task instance.

    :param store: Airflow's task state store; None where Airflow has none. One that exists may be falsy.
    :param identity: the task instance. Each execution of an operator in it has a ledger of its own.
    :param try_number: number of the try.
    """

    def __init__(self, store: Any, identity: Identity, try_number: int) -> None:
        self._store = store
        self._generation = identity.generation
        self._key = f"{KEY}.{identity.execution}" if identity.execution else KEY
        self._try = try_number
        self._who = (identity, try_number)

    @property
    def durable(self) -> bool:
        """Whether later tries can read it: an entry that is missing was never made."""
        return self._store is not None and self._who not in _warned

    @property
    def first_try(self) -> int | None:
        """The first try of this generation; None where the store does not have it."""
        number = self._own(self._read()).get("first_try")
        return number if isinstance(number, int) else None

    @property
    def earlier(self) -> Sequence[str]:
        """The names of the generations before, newest first."""
        kept = [one["generation"] for one in self._read()]
        before = kept[: kept.index(self._generation)] if self._generation in kept else kept
        return before[::-1]

    @property
    def entries(self) -> Mapping[str, Any]:
        """All entries of this generation."""
        return dict(self._own(self._read()).get("entries", {}))

    def get(self, name: str) -> Any:
        """Return an entry; None where there is none."""
        return self.entries.get(name)

    def open(self) -> None:
        """Note the first try of this generation, unless that is noted."""
        self._write({})

    def record(self, entries: Mapping[str, Any]) -> None:
        """Write entries beside those that exist; a store that fails is logged once.

        :param entries: names and values, plain JSON; None is left out.
        """
        self._write({name: value for name, value in entries.items() if value is not None})

    def _write(self, entries: Mapping[str, Any]) -> None:
        if self._store is None:
            return
        kept = self._read()
        own = self._own(kept)
        after = {**own.get("entries", {}), **entries}
        if own and after == own.get("entries"):
            return
        first_try = own.get("first_try", self._try)
        entry = {"generation": self._generation, "first_try": first_try, "entries": after}
        others = [one for one in kept if one["generation"] != self._generation]
        try:
            self._set({"version": VERSION, "generations": [*others, entry][-_MOST_GENERATIONS:]})
        except Exception as error:
            self._warn(error)

    def _set(self, value: Any) -> None:
        try:
            from airflow.sdk.execution_time.context import NEVER_EXPIRE
        except ImportError:
            self._store.set(self._key, value)
        else:
            self._store.set(self._key, value, retention=NEVER_EXPIRE)

    def _own(self, kept: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        return next((one for one in kept if one["generation"] == self._generation), {})

    def _read(self) -> Sequence[Mapping[str, Any]]:
        if self._store is None:
            return ()
        try:
            kept = self._store.get(self._key)
        except Exception as error:
            self._warn(error)
            return ()
        if not isinstance(kept, Mapping) or kept.get("version") != VERSION:
            return ()
        generations: Sequence[Mapping[str, Any]] = kept.get("generations") or ()
        return [one for one in generations if isinstance(one, Mapping) and isinstance(one.get("generation"), str)]

    def _warn(self, error: Exception) -> None:
        if self._who not in _warned:
            _warned.add(self._who)
            why = f"{type(error).__name__}: {error}"
            _log.warning("Airflow's task state store fails, so later tries know less: %s", why)
