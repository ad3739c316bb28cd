"""What the demo runs, in which order, and which of the tasks do what the demo vouches for."""

from __future__ import annotations

from typing import Final, NamedTuple


class TaskName(NamedTuple):
    """A task of a DAG."""

    dag_id: str
    task_id: str

    def __str__(self) -> str:
        return f"{self.dag_id}.{self.task_id}"


#: The DAGs, one after the other; the second one backs up the stream that the first one has started.
DAGS: Final = ("batch_then_stream", "nightly_savepoint_backup", "run_watch_stop")

#: The task whose job has an end of its own.
BOUNDED: Final = TaskName("batch_then_stream", "backfill")
#: The task that holds a metric against a threshold.
MEASURED: Final = TaskName("run_watch_stop", "enough_records")
#: The task whose job was stopped, and the one that went on from there.
STOPPED: Final = TaskName("run_watch_stop", "run")
RESTARTED: Final = TaskName("run_watch_stop", "run_again")
#: All tasks that start a job; each starts one.
STARTERS: Final = (BOUNDED, TaskName("batch_then_stream", "stream"), STOPPED, RESTARTED)
#: All tasks that make a savepoint; each makes one.
SAVERS: Final = (
    TaskName("nightly_savepoint_backup", "backup"),
    TaskName("run_watch_stop", "backup"),
    TaskName("run_watch_stop", "stop"),
)
#: Flink's name for what counts the records in the demo's jobs.
COUNTING_VERTEX: Final = "Count"
RESTORED_COUNT: Final = "Count.restoredCount"
