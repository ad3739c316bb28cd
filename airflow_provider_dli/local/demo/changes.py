"""What has changed between two moments, as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_dli.local.demo.scene import JobSeen, RunSeen, Scene


def changes(before: Scene, now: Scene) -> Iterator[str]:
    """Yield a sentence for each change that a person wants to hear of.

    :param before: what was seen before.
    :param now: what is seen now.
    """
    runs = {seen.run.dag_id: seen for seen in before.runs}
    for run in now.runs:
        yield from _of_run(runs.get(run.run.dag_id), run)
    for job in now.jobs:
        yield from _of_job(before.job(job.job.id), job)


def _of_run(before: RunSeen | None, now: RunSeen) -> Iterator[str]:
    dag_id = now.run.dag_id
    states = {task.task_id: task.state for task in before.tasks} if before else {}
    for task in now.tasks:
        if task.state != states.get(task.task_id, ""):
            again = f", try {task.try_number}" if task.try_number > 1 else ""
            yield f"task {dag_id}.{task.task_id}: {task.state or 'none'}{again}"
    if before is None or before.run.state != now.run.state:
        yield f"DAG {dag_id}: {now.run.state}"


def _of_job(before: JobSeen | None, now: JobSeen) -> Iterator[str]:
    then = before or JobSeen(now.job, now.page)
    told = [*_state(before, now), *_restored(then, now), *_savepoints(then, now), *_progress(then, now)]
    for sentence in told:
        yield f"job {now.job.name} {now.job.id[:8]}: {sentence}"


def _state(before: JobSeen | None, now: JobSeen) -> Iterator[str]:
    if before is None or (before.job.status, before.at_work) != (now.job.status, now.at_work):
        tasks = "" if now.job.has_ended else f", {now.at_work} of {now.tasks} tasks at work"
        yield f"{now.job.status}{tasks}"


def _restored(before: JobSeen, now: JobSeen) -> Iterator[str]:
    if now.restored and not before.restored:
        yield f"goes on from {_several(now.restored, 'record')}"


def _savepoints(before: JobSeen, now: JobSeen) -> Iterator[str]:
    for path in now.savepoints[len(before.savepoints) :]:
        yield f"savepoint {path}"


def _progress(before: JobSeen, now: JobSeen) -> Iterator[str]:
    if _milestone(before.checkpoints) != _milestone(now.checkpoints):
        yield f"{_several(now.checkpoints, 'checkpoint')}, {_several(now.records, 'record')}"


def _milestone(count: int) -> int:
    """Return the last count, up to this one, that is worth a line: each of the first three, then every tenth."""
    return count if count <= 3 else max(3, count // 10 * 10)


def _several(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
