"""Giving a running job another parallelism in place.

The back end notes down what is wanted, and acts later, or never: so the wait looks at the job's vertices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_dli.jobs.backend import RescalingBackend
from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobEnded, JobError, JobFailed
from airflow_provider_dli.jobs.look import just_submitted, look, no_such_vertex, why_it_ended
from airflow_provider_dli.jobs.model import Bounds, Job, Vertex
from airflow_provider_dli.rest.flow import Flow, pause, remark
from airflow_provider_dli.rest.wording import listed

#: What is wanted: so many tasks of every vertex, or of some of them, by name or id.
Parallelism = int | Mapping[str, int]


IN_PLACE, RESTART = "in_place", "restart"
MODES = ("auto", IN_PLACE, RESTART)


def choose(backend: RescalingBackend, *, job_id: str, mode: str, has_program: bool) -> Flow[str]:
    """Return how a job is given another parallelism, :data:`IN_PLACE` or by a :data:`RESTART`.

    :param backend: where it runs.
    :param job_id: its id.
    :param mode: one of :data:`MODES`.
    :param has_program: whether there is a program to start again.
    :raises JobNotFound: when there is no such job.
    :raises JobError: when it cannot be done.
    """
    yield from look(backend, job_id)
    if mode == RESTART:
        return RESTART
    if (yield from backend.rescales_in_place(job_id)):
        return IN_PLACE
    if mode != IN_PLACE and has_program:
        return RESTART
    raise JobError(
        f"Job {job_id} cannot be rescaled in place: its scheduler is not the adaptive one. Give jar=... and how to "
        "run it, to stop the job and start it again, or run the cluster with jobmanager.scheduler: adaptive "
        "(Flink 1.18+).",
        job_id=job_id,
        hopeless=True,
    )


def begin_rescale(
    backend: RescalingBackend,
    *,
    job_id: str,
    parallelism: Parallelism,
    lower_bound: int,
    wait_for_slots: bool,
    poll_interval: float,
) -> Flow[dict[str, int]]:
    """Ask for another parallelism in place, unless that was done; return what is wanted of each vertex, by its id.

    :param backend: where the job runs.
    :param job_id: its id.
    :param parallelism: how many tasks are wanted.
    :param lower_bound: how many tasks a vertex must have; with fewer the job does not start again.
    :param wait_for_slots: whether to ask for more tasks than there are slots for.
    :param poll_interval: seconds between two polls.
    :raises JobFailed: when the job has ended badly.
    :raises JobEnded: when it has finished.
    :raises ConditionNotReachable: when a vertex cannot have as many tasks, or there are too few slots.
    """
    vertices = yield from _vertices(backend, job_id, poll_interval)
    wanted = targets(job_id, vertices, parallelism)
    before = yield from backend.bounds(job_id)
    bounds = {**before, **{one: Bounds(min(lower_bound, upper), upper) for one, upper in wanted.items()}}
    if bounds == before:
        yield from remark(f"This parallelism was asked for before; nothing is sent: job {job_id}.")
        return wanted
    if not wait_for_slots:
        yield from check_slots(backend, job_id, _slots(vertices, wanted))
    yield from backend.set_bounds(job_id, bounds)
    goal = listed([f"{wanted[one.id]} tasks of {one.name!r}" for one in vertices if one.id in wanted])
    yield from remark(f"Job {job_id} shall have {goal}.")
    return wanted


def wait_for_parallelism(
    backend: RescalingBackend, *, job_id: str, parallelism: Mapping[str, int], poll_interval: float
) -> Flow[Job]:
    """Wait until a job's vertices have so many tasks, and all of them run.

    :param backend: where it runs.
    :param job_id: its id.
    :param parallelism: how many tasks a vertex shall have, by its id.
    :param poll_interval: seconds between two polls.
    :raises JobFailed: when the job ends badly before that.
    :raises JobEnded: when it finishes before that.
    """
    job = just_submitted(job_id)
    while True:
        job = yield from _alive(backend, job_id, job)
        vertices = yield from backend.vertices(job_id)
        lacking = [one for one in vertices if one.parallelism != parallelism.get(one.id, one.parallelism)]
        # The response about vertices is seconds old. It is current where it counts as many tasks as the job has.
        is_of_now = sum(one.parallelism for one in vertices) == job.tasks.get("total")
        if job.all_tasks_run and is_of_now and not lacking:
            return job
        yield from pause(poll_interval, (yield from _seeing(backend, job, lacking, parallelism)))


def targets(job_id: str, vertices: Sequence[Vertex], parallelism: Parallelism) -> dict[str, int]:
    """Return how many tasks are wanted of which vertex, by its id.

    :param job_id: the job.
    :param vertices: its vertices.
    :param parallelism: what is wanted; one number is for all that can have more than one task.
    :raises ConditionNotReachable: when there is no such vertex, or it cannot have as many tasks.
    """
    if isinstance(parallelism, int):
        several = [one for one in vertices if one.max_parallelism != 1] or vertices
        wanted = {one.id: parallelism if one in several else 1 for one in vertices}
    else:
        _check_names(job_id, vertices, parallelism)
        by_name = {one.id: parallelism.get(one.name) for one in vertices}
        by_id = {one.id: parallelism.get(one.id) for one in vertices}
        wanted = {each: number for each, number in {**by_name, **_given(by_id)}.items() if number is not None}
    for one in vertices:
        _check_maximum(job_id, one, wanted.get(one.id, 1))
    return wanted


def check_slots(backend: RescalingBackend, job_id: str, needed: int) -> Flow[None]:
    """Make sure that a cluster has so many slots in all, free or not.

    :param backend: where the job runs.
    :param job_id: its id.
    :param needed: how many slots it takes.
    :raises ConditionNotReachable: when it has fewer.
    """
    total = (yield from backend.capacity()).slots_total
    if total < needed:
        raise ConditionNotReachable(
            f"Job {job_id} would need {needed} slots, and the cluster has {total} in all; nothing was changed. "
            "Lower parallelism or add TaskManagers; where the cluster adds them by itself, give wait_for_slots=True.",
            job_id=job_id,
            hopeless=False,
        )


def _vertices(backend: RescalingBackend, job_id: str, poll_interval: float) -> Flow[tuple[Vertex, ...]]:
    """Return a job's vertices, once it has some."""
    job: Job | None = None
    while True:
        job = yield from _alive(backend, job_id, job)
        if vertices := (yield from backend.vertices(job_id)):
            return vertices
        yield from pause(poll_interval, f"{job}; it has no vertices yet")


def _alive(backend: RescalingBackend, job_id: str, before: Job | None) -> Flow[Job]:
    """Return a job that has not ended; its other states while it is rescaled do not matter."""
    job = yield from look(backend, job_id, before)
    if job.ended_badly:
        why = yield from why_it_ended(backend, job)
        raise JobFailed(f"{str(why).rstrip('.')}. There is nothing left to rescale.", job_id=job_id, hopeless=True)
    if job.has_ended:
        raise JobEnded(f"{job}: there is nothing to rescale.", job_id=job_id)
    return job


def _given(numbers: Mapping[str, int | None]) -> dict[str, int]:
    return {each: number for each, number in numbers.items() if number is not None}


def _check_names(job_id: str, vertices: Sequence[Vertex], parallelism: Mapping[str, int]) -> None:
    for name in parallelism:
        if not any(name in {one.id, one.name} for one in vertices):
            raise no_such_vertex(job_id, name, (one.name for one in vertices))


def _check_maximum(job_id: str, vertex: Vertex, wanted: int) -> None:
    if vertex.max_parallelism and wanted > vertex.max_parallelism:
        raise ConditionNotReachable(
            f"{vertex.name!r} of job {job_id} cannot have {wanted} tasks: its maximum parallelism is "
            f"{vertex.max_parallelism}. Only a start without state can change that.",
            job_id=job_id,
        )


def _slots(vertices: Sequence[Vertex], wanted: Mapping[str, int]) -> int:
    """Return how many slots are needed: vertices of one group share them."""
    groups: dict[str | None, int] = {}
    for one in vertices:
        tasks = wanted.get(one.id, one.parallelism)
        groups[one.slot_sharing_group] = max(tasks, groups.get(one.slot_sharing_group, 0))
    return sum(groups.values())


def _seeing(
    backend: RescalingBackend, job: Job, lacking: Sequence[Vertex], parallelism: Mapping[str, int]
) -> Flow[str]:
    if not lacking:
        return f"{job}; waiting until all its tasks run"
    wanted_tasks = listed([f"{parallelism[one.id]} tasks of {one.name!r} (has {one.parallelism})" for one in lacking])
    capacity = yield from backend.capacity()
    free = f"{capacity.slots_free} of {capacity.slots_total} slots are free"
    return f"job {job.name!r} ({job.id}) is {job.status} and wants {wanted_tasks}; {free}; what was asked for stays"
