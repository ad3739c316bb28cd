"""Many waits on one project of DLI, for a job each: how many requests they cost, together and each by itself."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.dli.credentials.sources import GivenKeys
from airflow_provider_dli.dli.credentials.values import Credentials
from airflow_provider_dli.dli.credentials.ways import Signed
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.dli.project import given
from airflow_provider_dli.jobs.dli.backend import DliBackend
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.rest.asynchronous import AsyncDriver
from airflow_provider_dli.rest.deadline import after
from airflow_provider_dli.rest.patience import WaitTimedOut, within
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target
from benchmarks.waits import POLL_INTERVAL, SECONDS, CountingSender


def target_of(dli: LocalDli) -> Target:
    """Return the emulator as a target, with its own key."""
    keys = Credentials(dli.settings.access_key, dli.settings.secret_key)
    return Target((dli.address,), Signed(GivenKeys(keys)))


def backend_of(dli: LocalDli) -> DliBackend:
    """Return the Flink jobs of the emulator's project."""
    return DliBackend(Gate(lambda: given(dli.settings.project_id)), dli.address)


async def wait(sender: CountingSender, backend: DliBackend, job_id: str) -> None:
    """Wait for something that does not come: a draft that nobody runs."""
    flow = wait_for_job(backend, job_id=job_id, until="finished", poll_interval=POLL_INTERVAL)
    with suppress(WaitTimedOut):
        await AsyncDriver(sender, lambda text: None).run(within(flow, after(SECONDS)))


async def many(dli: LocalDli, job_ids: list[str], *, shared: bool) -> int:
    """Run many waits side by side; return how many requests they cost."""
    CountingSender.requests = 0
    sender, backend = CountingSender(target_of(dli)), backend_of(dli)
    backends = [backend if shared else backend_of(dli) for _ in job_ids]
    await asyncio.gather(*(wait(sender, *each) for each in zip(backends, job_ids, strict=True)))
    await sender.close()
    return CountingSender.requests


def main() -> None:
    """Print a row for each number of waits."""
    counts = list(map(int, sys.argv[1:] or (1, 10, 100, 300)))
    with LocalDli() as dli:
        api = Dli(Driver(Sender(target_of(dli)), print).run, backend_of(dli).gate)
        created = [api.flink_jobs.create_jar(name=f"job-{number}") for number in range(max(counts))]
        job_ids = [str(one.job.job_id) for one in created]
        print(f"{'waits':>6} {'requests/interval: shared':>26} {'one by one':>12} {'ratio':>7}")
        for count in counts:
            shared = asyncio.run(many(dli, job_ids[:count], shared=True))
            alone = asyncio.run(many(dli, job_ids[:count], shared=False))
            intervals = SECONDS / POLL_INTERVAL
            print(
                f"{count:>6} {shared / intervals:>26.1f} {alone / intervals:>12.1f} {alone / shared:>7.1f}", flush=True
            )


if __name__ == "__main__":
    main()
