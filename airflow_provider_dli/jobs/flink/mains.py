"""Programs whose ``main()`` is at work inside the JobManager, as its thread dump shows them (Flink 1.15+)."""

from __future__ import annotations

from airflow_provider_dli.flink.endpoints import jobmanager
from airflow_provider_dli.flink.endpoints.process import ThreadInfo
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.rest.flow import Flow, pause

# The thread that runs the main() of a `/run`, on every version: it exists as long as main() does.
_JAR_RUNNER = "flink-jar-runner-thread"
# The frame of main()'s caller. An application's main() runs on a thread of the actor system.
_CALLER = "callMainMethod"
_ACTORS = "flink-pekko.actor"
# How Java ends a stack that it has cut off: the caller may be in the part that is missing.
_CUT_OFF = "..."


def at_work(gate: Gate) -> Flow[bool]:
    """Return whether the ``main()`` of any program may be at work; where nobody can say, it may.

    :param gate: the cluster.
    """
    if not (yield from gate.dialect()).has_thread_dumps:
        return True
    dump = yield from gate.probe(
        jobmanager.thread_dump(), "The JobManager's threads cannot be read. A main() counts as at work in it"
    )
    return dump is None or any(_runs_main(thread) for thread in dump.thread_infos)


def wait_until_none(gate: Gate, seconds: float, why: str) -> Flow[bool]:
    """Wait until no ``main()`` is at work; return False where one still is after some seconds.

    :param gate: the cluster.
    :param seconds: how long to wait.
    :param why: what it is waited for, for the log.
    """
    length, left = 0.1, seconds
    while (yield from at_work(gate)):
        if left <= 0:
            return False
        yield from pause(min(length, left), why)
        left -= length
        length = min(2 * length, 5.0)
    return True


def _runs_main(thread: ThreadInfo) -> bool:
    stack = thread.stringified_thread_info
    if thread.thread_name.startswith(_JAR_RUNNER) or _CALLER in stack:
        return True
    return thread.thread_name.startswith(_ACTORS) and stack.rstrip().endswith(_CUT_OFF)
