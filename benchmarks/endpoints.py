"""Counts Flink's operations: how many there are, are implemented, and are called on live clusters of some versions.

``python benchmarks/endpoints.py 1.16.3 1.20.5 2.3.0``
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from airflow_provider_dli.flink.listing import rows
from airflow_provider_dli.flink.version import Version
from airflow_provider_dli.local.cluster import LocalFlink
from tests.flink.contract import OPTIONS, Contract
from tests.flink.operations import OPERATIONS
from tests.flink.wire import as_told


def shape(operation: str) -> str:
    """Return an operation without the names of what its path contains."""
    return re.sub(r":[^/]+", ":", operation)


def implemented() -> None:
    """Print how many operations there are, and how many a hook has."""
    listed = {shape(f"{row.method} {row.path}") for row in rows()}
    for group in dict.fromkeys(one.group for one in OPERATIONS):
        those = [one for one in OPERATIONS if one.group == group]
        print(f"{group:<24}{len(those):>5} operations {sum(shape(str(one)) in listed for one in those):>5} implemented")


def called(version: str) -> None:
    """Print how many operations a live cluster has, and how many of them were called."""
    with LocalFlink(version, configuration=OPTIONS) as flink:
        contract = Contract(flink)
        contract.run_everything()
    there = {str(one) for one in OPERATIONS if one.is_there_in(Version.read(version))}
    answered = [call for call in contract.calls if not call.error]
    not_read = sum(not as_told(call.request, call.decoded, call.wire) for call in answered)
    print(
        f"Flink {version:<18}{len(there):>5} operations {len(contract.operations & there):>5} called"
        f"{len(contract.calls):>6} calls {len(contract.calls) - len(answered):>4} refused {not_read:>4} not read whole"
    )


if __name__ == "__main__":
    implemented()
    for version in sys.argv[1:] or ("1.16.3", "1.20.5", "2.3.0"):
        called(version)
