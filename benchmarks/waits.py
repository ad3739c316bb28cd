"""Many waits on one cluster: how many requests they cost, shared as triggers share them, and one by one."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from typing import Any

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.flink import FlinkBackend
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.local import demo_jobs
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.operators.jar import jar_file
from airflow_provider_dli.rest.asynchronous import AsyncDriver, AsyncSender
from airflow_provider_dli.rest.deadline import after
from airflow_provider_dli.rest.patience import WaitTimedOut, within
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target

POLL_INTERVAL = 1.0
SECONDS = 10.0
JOB_ID = "d63d21a66af14d4ca0fd3d05cdcff844"


class CountingSender(AsyncSender):
    """Counts what really goes out."""

    requests = 0

    async def _transmit(self, outgoing: Any) -> Any:
        CountingSender.requests += 1
        return await super()._transmit(outgoing)


async def wait(sender: AsyncSender, backend: FlinkBackend) -> None:
    """Wait for something that does not come."""
    flow = wait_for_job(backend, job_id=JOB_ID, until="finished", poll_interval=POLL_INTERVAL)
    with suppress(WaitTimedOut):
        await AsyncDriver(sender, lambda text: None).run(within(flow, after(SECONDS)))


async def many(count: int, target: Target, *, shared: bool) -> tuple[int, float]:
    """Run many waits side by side; return requests and CPU seconds."""
    CountingSender.requests = 0
    one = CountingSender(target)
    senders = [one if shared else CountingSender(target) for _ in range(count)]
    began = time.process_time()
    await asyncio.gather(*(wait(sender, FlinkBackend(target.addresses[0])) for sender in senders))
    spent = time.process_time() - began
    for sender in {id(sender): sender for sender in (one, *senders)}.values():
        await sender.close()
    return CountingSender.requests, spent


def main() -> None:
    """Print a row for each number of waits."""
    with LocalFlink() as flink:
        target = Target((flink.address,))
        program = Program(demo_jobs.STREAMING_COUNT)
        Driver(Sender(target), print).run(
            FlinkBackend(flink.address).submit(JOB_ID, jar_file(str(demo_jobs.JAR)), program, 60)
        )
        print(f"{'waits':>6} {'requests/interval: shared':>26} {'one by one':>12} {'ratio':>7} {'CPU ratio':>10}")
        for count in map(int, sys.argv[1:] or (1, 10, 100, 1000)):
            shared, shared_cpu = asyncio.run(many(count, target, shared=True))
            alone, alone_cpu = asyncio.run(many(count, target, shared=False))
            intervals = SECONDS / POLL_INTERVAL
            row = f"{count:>6} {shared / intervals:>26.1f} {alone / intervals:>12.1f}"
            print(f"{row} {alone / shared:>7.1f} {alone_cpu / shared_cpu:>10.1f}", flush=True)


if __name__ == "__main__":
    main()
