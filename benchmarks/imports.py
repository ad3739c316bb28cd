"""What a DAG file pays for importing this package, against the smallest operator of Airflow's own."""

from __future__ import annotations

import statistics
import subprocess
import sys

BASE = "from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, BaseSensorOperator, DAG"
# What a DAG file imports; hook and trigger are loaded when they are used.
OURS = (
    "from airflow_provider_dli.operators.flink import FlinkRunJarOperator, FlinkStopJobOperator; "
    "from airflow_provider_dli.sensors.flink import FlinkJobStatusSensor"
)
ALL_OF_OURS = "from airflow_provider_dli.operators.flink import *; from airflow_provider_dli.sensors.flink import *"
THEIRS = {
    "standard: bash": "import airflow.providers.standard.operators.bash",
    "standard: filesystem sensor": "import airflow.providers.standard.sensors.filesystem",
}
MEASURE = """
import sys, time
{base}
modules, began = len(sys.modules), time.process_time()
{statement}
print(time.process_time() - began, len(sys.modules) - modules)
"""


def cost(statement: str, runs: int = 9) -> tuple[float, int]:
    """Return median CPU milliseconds and the number of modules, in fresh processes."""
    code = MEASURE.format(base=BASE, statement=statement)
    told = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()[-2:]
        for _ in range(runs)
    ]
    return statistics.median(float(seconds) for seconds, _ in told) * 1000, int(told[0][1])


def main() -> None:
    """Print a row for each package."""
    ours, modules = cost(OURS)
    print(f"{'airflow-provider-dli':28} {ours:7.1f} ms CPU {modules:5} modules")
    whole, modules = cost(ALL_OF_OURS)
    print(f"{'  all operators and sensors':28} {whole:7.1f} ms CPU {modules:5} modules")
    for name, statement in THEIRS.items():
        theirs, modules = cost(statement)
        print(f"{name:28} {theirs:7.1f} ms CPU {modules:5} modules   ours/theirs {ours / max(theirs, 0.1):.1f}")


if __name__ == "__main__":
    main()
