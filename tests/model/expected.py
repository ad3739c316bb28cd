"""Defects that are known and still open. Keep both empty where possible."""

from __future__ import annotations

#: Patterns of violations that the model does not report.
KNOWN: frozenset[str] = frozenset()
#: Scenarios that fail, at least on some versions.
SCENARIOS: frozenset[str] = frozenset()
