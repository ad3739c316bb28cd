"""Cost of many drafts in the DLI emulator: CPU time while it is idle, and the latency of a creation.

Run it as ``python -m benchmarks.dli_emulator [JOBS ...]``. It needs the extra ``[local]``, and no Flink.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil

from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.local.dli.store import Store
from airflow_provider_dli.rest.sync import Driver, Sender
from benchmarks.dli_waits import backend_of, target_of

#: Seconds for which the CPU time of the idle emulator is measured.
_IDLE: Final = 10.0
_CREATIONS: Final = 20


def fill(folder: Path, count: int) -> None:
    """Copy the only job of an emulator that has ended, until there are so many."""
    store = Store(folder / "state.db")
    jobs = store.kind("flink_jobs")
    (draft,) = jobs.all()
    with store.change():
        for _ in range(count - 1):
            number = 1000 + jobs.next_number()
            jobs.put(number, {**draft, "job_id": number, "name": f"job-{number}"})
    store.close()


def cpu_of(dli: LocalDli) -> float:
    """Return the CPU time of the emulator so far, in seconds."""
    times = psutil.Process(dli.process.pid).cpu_times()
    return float(times.user + times.system)


def measure(count: int) -> tuple[float, float]:
    """Return the share of a core of the idle emulator, in percent, and the median latency of creations, in ms.

    :param count: how many drafts there are.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with LocalDli(folder) as dli:
            api = Dli(Driver(Sender(target_of(dli)), print).run, backend_of(dli).gate)
            api.flink_jobs.create_jar(name="job")
        fill(folder, count)
        # Nothing listens there: without a job that is at work, nothing is asked of it.
        with LocalDli(folder, flink="http://127.0.0.1:9") as dli:
            api = Dli(Driver(Sender(target_of(dli)), print).run, backend_of(dli).gate)
            latencies = []
            for number in range(_CREATIONS):
                began = time.perf_counter()
                api.flink_jobs.create_jar(name=f"new-{number}")
                latencies.append(time.perf_counter() - began)
            before = cpu_of(dli)
            time.sleep(_IDLE)
            return (cpu_of(dli) - before) / _IDLE * 100, statistics.median(latencies) * 1000


def main() -> None:
    """Print a row for each number of drafts."""
    print(f"{'drafts':>7} {'idle CPU %':>11} {'creation ms':>12}")
    for count in map(int, sys.argv[1:] or (1, 2000)):
        idle, latency = measure(count)
        print(f"{count:>7} {idle:>11.1f} {latency:>12.1f}", flush=True)


if __name__ == "__main__":
    main()
