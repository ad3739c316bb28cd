"""Another parallelism in place: what is wanted, what is sent, and when it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobEnded, JobError, JobFailed, JobForgotten
from airflow_provider_dli.jobs.model import Job, Vertex
from airflow_provider_dli.jobs.rescale import begin_rescale, choose, targets, wait_for_parallelism
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.patience import WaitTimedOut, within
from tests.flink.recordings import recorded, versions_with
from tests.jobs.script import DETAIL, EXCEPTIONS, GONE, ID, SLOTS, VERSION, Script, exception, exceptions, refusal, row

REQUIREMENTS = "GET /jobs/:id/resource-requirements"
REQUIRE = "PUT /jobs/:id/resource-requirements"
SOURCE, COUNT = "a" * 32, "b" * 32


def vertices(
    source: int, count: int, *, state: str = "RUNNING", scheduler: str | None = None, groups: str = "gg"
) -> Any:
    """The answer of ``/jobs/:jobid``."""
    rows = [
        {"id": SOURCE, "name": "Source", "parallelism": source, "maxParallelism": 128, "slotSharingGroupId": groups[0]},
        {"id": COUNT, "name": "Count", "parallelism": count, "maxParallelism": 128, "slotSharingGroupId": groups[1]},
    ]
    for one in rows:
        one["status"] = state
    told = {"schedulerType": scheduler} if scheduler else {}
    return {"jid": ID, "name": "count", "state": state, "vertices": rows, **told}


def required(**bounds: tuple[int, int]) -> dict[str, Any]:
    ids = {"source": SOURCE, "count": COUNT}
    return {
        ids[name]: {"parallelism": {"lowerBound": lower, "upperBound": upper}}
        for name, (lower, upper) in bounds.items()
    }


def slots(free: int, total: int) -> dict[str, int]:
    return {"taskmanagers": 1, "slots-available": free, "slots-total": total}


def cluster(**bounds: tuple[int, int]) -> Script:
    script = Script().jobs(row("RUNNING")).on(DETAIL, vertices(1, 1)).on(SLOTS, slots(3, 4)).on(REQUIRE, {})
    return script.on(REQUIREMENTS, required(**(bounds or {"source": (1, 1), "count": (1, 1)})))


def begin(script: Script, parallelism: int | Mapping[str, int], lower: int = 1, wait: bool = False) -> dict[str, int]:
    flow = begin_rescale(
        script.backend,
        job_id=ID,
        parallelism=parallelism,
        lower_bound=lower,
        wait_for_slots=wait,
        poll_interval=10,
    )
    return script.run(flow)


def wait(script: Script, wanted: int = 3) -> Job:
    flow = wait_for_parallelism(
        script.backend, job_id=ID, parallelism={SOURCE: wanted, COUNT: wanted}, poll_interval=10
    )
    return script.run(within(flow, script.now + 60, script.clock))


def test_one_number_is_for_all_vertices() -> None:
    script = cluster()
    assert begin(script, 3) == {SOURCE: 3, COUNT: 3}
    assert script.bodies[-1] == required(source=(1, 3), count=(1, 3))
    assert script.told == [f"Job {ID} shall have 3 tasks of 'Source', 3 tasks of 'Count'."]


@pytest.mark.parametrize("name", ["Count", COUNT])
def test_single_vertices_are_named_and_the_others_keep_theirs(name: str) -> None:
    script = cluster(source=(1, 2), count=(1, 2))
    assert begin(script, {name: 4}, lower=2) == {COUNT: 4}
    assert script.bodies[-1] == required(source=(1, 2), count=(2, 4))


def test_what_was_asked_for_before_is_not_sent_again() -> None:
    script = cluster(source=(1, 3), count=(1, 3))
    assert begin(script, 3) == {SOURCE: 3, COUNT: 3}
    assert script.count(REQUIRE) == 0
    begin(script, 3, lower=2)
    assert script.count(REQUIRE) == 1


def test_a_job_that_gets_fewer_tasks_than_it_may_have_is_told_to_stay() -> None:
    script = cluster(source=(1, 8), count=(1, 8)).on(DETAIL, vertices(4, 4))
    begin(script, 4)
    assert script.bodies[-1] == required(source=(1, 4), count=(1, 4))


def test_a_job_that_has_no_vertices_yet_is_waited_for() -> None:
    script = cluster().on(DETAIL, {**vertices(1, 1), "vertices": []}, vertices(1, 1))
    begin(script, 3)
    assert script.pauses == [10]


def test_too_few_slots_in_all() -> None:
    script = cluster()
    with pytest.raises(ConditionNotReachable, match="would need 5 slots, and the cluster has 4 in all") as caught:
        begin(script, 5)
    assert not caught.value.hopeless
    assert script.count(REQUIRE) == 0
    begin(script, 5, wait=True)
    assert script.count(REQUIRE) == 1


def test_vertices_share_slots_within_their_group() -> None:
    begin(cluster(), 4)
    with pytest.raises(ConditionNotReachable, match="would need 6 slots"):
        begin(cluster().on(DETAIL, vertices(1, 1, groups="gh")), 3)
    with pytest.raises(ConditionNotReachable, match="would need 5 slots"):
        begin(cluster().on(DETAIL, vertices(1, 1, groups="gh")), {"Count": 4})


@pytest.mark.parametrize("lots", [129, {"Count": 129}])
def test_more_than_the_maximum_parallelism(lots: int | dict[str, int]) -> None:
    with pytest.raises(ConditionNotReachable, match="cannot have 129 tasks: its maximum parallelism is 128") as caught:
        begin(cluster(), lots)
    assert caught.value.hopeless


def test_a_vertex_that_is_not_there() -> None:
    with pytest.raises(ConditionNotReachable, match=r"has no vertex 'Cont'\. It has: 'Source', 'Count'\."):
        begin(cluster(), {"Cont": 2})


def test_a_vertex_that_can_have_one_task_only_keeps_it() -> None:
    one, many = Vertex(SOURCE, "Source", 1, 1), Vertex(COUNT, "Count", 1, None)
    assert targets(ID, [one, many], 3) == {SOURCE: 1, COUNT: 3}
    for wanted in (3, {"Source": 3}):
        with pytest.raises(ConditionNotReachable, match="its maximum parallelism is 1"):
            targets(ID, [one], wanted)


def test_an_id_wins_over_a_name_and_a_name_is_for_all_that_have_it() -> None:
    same = [Vertex(SOURCE, "Map", 1), Vertex(COUNT, "Map", 1)]
    assert targets(ID, same, {"Map": 2, COUNT: 3}) == {SOURCE: 2, COUNT: 3}


@pytest.mark.parametrize("version", versions_with("adaptive-resource-requirements-put-over-max"))
def test_what_flink_refuses_is_told_in_its_own_words(version: str) -> None:
    refused = recorded(version, "adaptive-resource-requirements-put-over-max").answer
    with pytest.raises(errors.BadRequest, match="exceeds its maximum parallelism 128"):
        begin(cluster().on(REQUIRE, refused), 3)


@pytest.mark.parametrize(
    ("state", "kind", "told"),
    [
        ("FINISHED", JobEnded, "is FINISHED: there is nothing to rescale"),
        ("FAILED", JobFailed, "Job 'count' FAILED: demo.Bang: no more (.*There is nothing left to rescale"),
        ("CANCELED", JobFailed, "was cancelled, and not by this task .*There is nothing left to rescale"),
    ],
)
def test_a_job_that_has_ended(state: str, kind: type[JobError], told: str) -> None:
    script = cluster().jobs(row(state)).on(EXCEPTIONS, exceptions(exception("demo.Bang: no more")))
    script.on("GET /applications/overview", {"applications": []})
    for flow in (begin, wait):
        with pytest.raises(kind, match=told.replace("(", r"\(")) as caught:
            flow(script, 3)
        assert caught.value.hopeless
    assert script.count(REQUIRE) == 0


def test_other_states_in_between_are_no_news() -> None:
    script = cluster().jobs(
        row("RUNNING"),
        row("RESTARTING", canceling=2),
        row("CREATED"),
        row("RUNNING", deploying=6),
        row("RUNNING", running=6),
    )
    script.on(DETAIL, vertices(1, 1), vertices(1, 1), vertices(1, 1), vertices(3, 3))
    assert wait(script).tasks["running"] == 6
    assert script.pauses == [10] * 4


def test_vertices_of_before_do_not_end_the_wait() -> None:
    """The job was at 3 once, and is at 2 now: what is told of the vertices is older than what is told of the job."""
    script = cluster().jobs(row("RUNNING", running=4), row("RUNNING", running=4), row("RUNNING", running=6))
    script.on(DETAIL, vertices(3, 3), vertices(2, 2), vertices(3, 3))
    wait(script)
    assert script.pauses == [10] * 2


def test_tasks_that_have_done_their_work_count() -> None:
    wait(cluster().jobs(row("RUNNING", running=4, finished=2)).on(DETAIL, vertices(3, 3)))


def test_too_few_slots_are_told_of_in_the_end() -> None:
    script = cluster().jobs(row("RUNNING", running=8)).on(DETAIL, vertices(4, 4)).on(SLOTS, slots(0, 4))
    with pytest.raises(WaitTimedOut) as caught:
        wait(script, 8)
    assert caught.value.seeing == (
        f"job 'count' ({ID}) is RUNNING and wants 8 tasks of 'Source' (has 4), 8 tasks of 'Count' (has 4); "
        "0 of 4 slots are free; what was asked for stays"
    )


def test_a_job_that_is_gone_in_between() -> None:
    with pytest.raises(JobForgotten, match="Last seen"):
        wait(cluster().jobs(row("RUNNING"), GONE))


@pytest.mark.parametrize(
    ("scheduler", "feature", "mode", "has_program", "chosen"),
    [
        ("Adaptive", False, "auto", True, "in_place"),
        ("Default", False, "auto", True, "restart"),
        ("AdaptiveBatch", True, "auto", True, "restart"),
        (None, True, "auto", True, "in_place"),
        (None, True, "in_place", False, "in_place"),
        (None, True, "restart", True, "restart"),
        (None, False, "auto", True, "restart"),
        (None, False, "auto", False, None),
        (None, False, "in_place", True, None),
    ],
)
def test_which_way_it_goes(
    scheduler: str | None, feature: bool, mode: str, has_program: bool, chosen: str | None
) -> None:
    script = cluster().on(DETAIL, vertices(1, 1, scheduler=scheduler))
    script.on(VERSION, {"flink-version": "1.20.5", "features": {"web-rescale": feature}})
    flow = choose(script.backend, job_id=ID, mode=mode, has_program=has_program)
    if chosen:
        assert script.run(flow) == chosen
    else:
        with pytest.raises(JobError, match=r"Give jar=.*, or run the cluster with jobmanager\.scheduler: adaptive"):
            script.run(flow)


def test_flinks_before_1_18_say_nothing_of_it() -> None:
    script = cluster().on(VERSION, {"flink-version": "1.17.2", "features": {"web-submit": True}})
    assert script.run(choose(script.backend, job_id=ID, mode="auto", has_program=True)) == "restart"


def test_a_server_that_fails_is_not_taken_for_an_answer() -> None:
    with pytest.raises(errors.ServerError):
        begin(cluster().on(REQUIREMENTS, refusal(500, "no leader")), 3)
