"""What the demo runs, in which order, and which of the tasks do what the demo vouches for."""

from __future__ import annotations

from typing import Final, NamedTuple


class TaskName(NamedTuple):
    """A task of a DAG."""

    dag_id: str
    task_id: str

    def __str__(self) -> str:
        return f"{self.dag_id}.{self.task_id}"


#: The DAG whose jobs DLI runs.
ON_DLI: Final = "batch_then_stream_on_dli"
#: The DAGs, one after the other; the second one backs up the stream that the first one has started.
DAGS: Final = ("batch_then_stream", "nightly_savepoint_backup", "run_watch_stop", ON_DLI)

#: The task whose job has an end of its own.
BOUNDED: Final = TaskName("batch_then_stream", "backfill")
#: The task that holds a metric against a threshold.
MEASURED: Final = TaskName("run_watch_stop", "enough_records")
#: The task whose job was stopped, and the one that went on from there.
STOPPED: Final = TaskName("run_watch_stop", "run")
RESTARTED: Final = TaskName("run_watch_stop", "run_again")
#: The task that has DLI run a stream, and the one that has it fill a table.
STREAM_ON_DLI: Final = TaskName(ON_DLI, "stream")
BATCH_ON_DLI: Final = TaskName(ON_DLI, "fill")
#: All tasks that start a job; each starts one.
STARTERS: Final = (
    BOUNDED,
    TaskName("batch_then_stream", "stream"),
    STOPPED,
    RESTARTED,
    BATCH_ON_DLI,
    STREAM_ON_DLI,
)
#: All tasks that make a savepoint; each makes one.
SAVERS: Final = (
    TaskName("nightly_savepoint_backup", "backup"),
    TaskName("run_watch_stop", "backup"),
    TaskName("run_watch_stop", "stop"),
    TaskName(ON_DLI, "backup"),
    TaskName(ON_DLI, "stop"),
)
#: The bucket in which that DAG keeps everything.
BUCKET: Final = "demo"
#: Flink's name for what counts the records in the demo's jobs.
COUNTING_VERTEX: Final = "Count"
RESTORED_COUNT: Final = "Count.restoredCount"
