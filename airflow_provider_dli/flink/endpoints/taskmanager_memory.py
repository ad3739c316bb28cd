"""The memory of a TaskManager: what the machine has, how it is split up, what slots get and what is used."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.rest.members import Camel, Members


class Hardware(Camel):
    """The machine that a TaskManager runs on, memory in bytes.

    :param cpu_cores: how many processors Java sees.
    :param physical_memory: the memory of the machine.
    :param free_memory: the memory that Java may use for its heap.
    :param managed_memory: the memory that Flink manages for operators.
    """

    cpu_cores: int | None = None
    physical_memory: int | None = None
    free_memory: int | None = None
    managed_memory: int | None = None


class Resources(Camel):
    """What a slot, or all slots of a TaskManager, can use; memory in MiB, and not in bytes.

    :param cpu_cores: processors, maybe parts of one.
    :param task_heap_memory: heap for the job's code.
    :param task_off_heap_memory: memory outside of the heap for the job's code.
    :param managed_memory: memory that Flink manages for operators.
    :param network_memory: memory for records on their way between tasks.
    :param extended_resources: amounts of other resources, as GPUs, by name.
    """

    cpu_cores: float | None = None
    task_heap_memory: int | None = None
    task_off_heap_memory: int | None = None
    managed_memory: int | None = None
    network_memory: int | None = None
    extended_resources: Mapping[str, float] | None = None


class MemoryConfiguration(Camel):
    """How the memory of a TaskManager was split up at its start, in bytes; None where Flink has not computed it.

    :param framework_heap: heap for Flink itself.
    :param task_heap: heap for the jobs' code.
    :param framework_off_heap: memory outside of the heap for Flink itself.
    :param task_off_heap: memory outside of the heap for the jobs' code.
    :param network_memory: memory for records on their way between tasks.
    :param managed_memory: memory that Flink manages for operators.
    :param jvm_metaspace: memory for Java's classes.
    :param jvm_overhead: memory for all else that Java needs.
    :param total_flink_memory: all but the last two.
    :param total_process_memory: all.
    """

    framework_heap: int | None = None
    task_heap: int | None = None
    framework_off_heap: int | None = None
    task_off_heap: int | None = None
    network_memory: int | None = None
    managed_memory: int | None = None
    jvm_metaspace: int | None = None
    jvm_overhead: int | None = None
    total_flink_memory: int | None = None
    total_process_memory: int | None = None


class GarbageCollector(Members):
    """One of Java's garbage collectors.

    :param name: its name; ``All`` for all together, where told.
    :param count: how often it has run.
    :param time: for how many milliseconds, all runs together.
    """

    name: str
    count: int | None = None
    time: int | None = None


class TaskManagerMetrics(Camel):
    """How much memory a TaskManager uses, in bytes where not told otherwise; a maximum is -1 where there is none.

    All is 0, and no garbage collector known, until its first metrics have come to the JobManager.

    :param heap_used: heap in use.
    :param heap_committed: heap that the system has given.
    :param heap_max: heap that it may grow to.
    :param non_heap_used: memory of Java's own in use.
    :param non_heap_committed: memory of Java's own that the system has given.
    :param non_heap_max: memory of Java's own that it may grow to.
    :param direct_count: how many direct buffers there are.
    :param direct_used: memory in these.
    :param direct_max: memory that these may take.
    :param mapped_count: how many mapped files there are.
    :param mapped_used: memory in these.
    :param mapped_max: memory that these may take.
    :param memory_segments_available: how many network buffers are free (Flink up to 1.20).
    :param memory_segments_total: how many there are (Flink up to 1.20).
    :param netty_shuffle_memory_segments_available: how many network buffers are free (Flink 1.12+).
    :param netty_shuffle_memory_segments_used: how many are in use (Flink 1.12+).
    :param netty_shuffle_memory_segments_total: how many there are (Flink 1.12+).
    :param netty_shuffle_memory_available: free memory in network buffers (Flink 1.12+).
    :param netty_shuffle_memory_used: memory in network buffers in use (Flink 1.12+).
    :param netty_shuffle_memory_total: memory in all network buffers (Flink 1.12+).
    :param garbage_collectors: what Java has collected.
    """

    heap_used: int | None = None
    heap_committed: int | None = None
    heap_max: int | None = None
    non_heap_used: int | None = None
    non_heap_committed: int | None = None
    non_heap_max: int | None = None
    direct_count: int | None = None
    direct_used: int | None = None
    direct_max: int | None = None
    mapped_count: int | None = None
    mapped_used: int | None = None
    mapped_max: int | None = None
    memory_segments_available: int | None = None
    memory_segments_total: int | None = None
    netty_shuffle_memory_segments_available: int | None = None
    netty_shuffle_memory_segments_used: int | None = None
    netty_shuffle_memory_segments_total: int | None = None
    netty_shuffle_memory_available: int | None = None
    netty_shuffle_memory_used: int | None = None
    netty_shuffle_memory_total: int | None = None
    garbage_collectors: tuple[GarbageCollector, ...] = ()
