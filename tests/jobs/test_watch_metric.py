"""Waiting for a metric."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobFailed, JobForgotten
from airflow_provider_dli.jobs.model import Reading
from airflow_provider_dli.jobs.watch_metric import wait_for_metric
from airflow_provider_dli.rest.patience import WaitTimedOut, within
from airflow_provider_dli.rest.request import Request
from tests.jobs.script import DETAIL, GONE, ID, NO_JOB, START, VERTEX, Script, detail, row

METRIC = "GET /jobs/:id/metrics?get=lag"
NAMES = "GET /jobs/:id/metrics"
VERTEX_METRIC = "GET /jobs/:id/vertices/:id/subtasks/metrics?get=lag"
TASKS = "GET /jobs/:id/vertices/:id/metrics?get=0.lag%2C1.lag"
VERTEX_NAMES = "GET /jobs/:id/vertices/:id/subtasks/metrics"
TASKMANAGERS_METRIC = "GET /taskmanagers/metrics?get=lag"
TASKMANAGERS_NAMES = "GET /taskmanagers/metrics"


def values(*looks: Any) -> list[Any]:
    """What Flink answers for a job's own metric; None for no value."""
    return [[] if look is None else [{"id": "lag", "value": str(look)}] for look in looks]


def watched(*looks: Any) -> Script:
    return Script().jobs(row("RUNNING")).on(METRIC, *values(*looks))


def wait(script: Script, threshold: float = 5, *, seconds: float = 1000, **choices: Any) -> Reading:
    choices = {"metric": "lag", "poll_interval": 10, "clock": script.clock, **choices}
    choices["wall_clock"] = script.clock
    flow = wait_for_metric(script.backend, job_id=ID, threshold=threshold, **choices)
    return script.run(within(flow, START + seconds, script.clock))


@pytest.mark.parametrize(
    ("comparison", "looks"),
    [
        ("<", [5, 6, 4]),
        ("<=", [6, 7, 5]),
        ("==", [4, 6, 5]),
        ("!=", [5, 5.0, 4]),
        (">=", [4, 4.9, 5]),
        (">", [4, 5, 6]),
        (">", ["NaN", "Infinity", "6"]),
        ("!=", ["NaN", "NaN", "6"]),
        (">", [None, None, 6]),
    ],
)
def test_comparisons(comparison: str, looks: list[Any]) -> None:
    script = watched(*looks)
    assert wait(script, comparison=comparison) == Reading("lag", float(looks[2]), START + 20)


@pytest.mark.parametrize(
    ("looks", "hold", "pauses"),
    [
        ([5, 5, 5], {"hold_polls": 3}, 2),
        ([5, 4, 5, 5], {"hold_polls": 2}, 3),
        ([5, None, 5, 5], {"hold_polls": 2}, 3),
        ([5, "NaN", 5, 5], {"hold_polls": 2}, 3),
        ([5, 5, 5], {"hold_seconds": 20}, 2),
        ([5, 5, 4, 5, 5, 5], {"hold_seconds": 20}, 5),
        ([5, 5, 5, 5], {"hold_polls": 2, "hold_seconds": 25}, 3),
    ],
)
def test_it_must_hold_without_a_break(looks: list[Any], hold: dict[str, float], pauses: int) -> None:
    script = watched(*looks, 4)
    wait(script, **hold)
    assert script.pauses == [10] * pauses


NUMBERS = [{"id": "lag", "min": 1, "max": 9, "avg": 5, "sum": 10, "skew": 80}]


@pytest.mark.parametrize(("aggregation", "value"), [("min", 1), ("max", 9), ("avg", 5), ("sum", 10)])
@pytest.mark.parametrize(
    ("operation", "choices"),
    [
        (VERTEX_METRIC, {"vertex": "Count"}),
        (VERTEX_METRIC, {"vertex": VERTEX}),
        (TASKMANAGERS_METRIC, {"taskmanagers": True}),
    ],
    ids=["vertex by name", "vertex by id", "taskmanagers"],
)
def test_sources(operation: str, choices: Any, aggregation: str, value: float) -> None:
    script = Script().jobs(row("RUNNING")).on(DETAIL, detail("RUNNING", "Count")).on(operation, NUMBERS)
    assert wait(script, 0, aggregation=aggregation, **choices).value == value


def test_an_unknown_vertex() -> None:
    script = Script().jobs(row("RUNNING")).on(DETAIL, detail("RUNNING", "Source: Numbers -> Pace", "Count"))
    with pytest.raises(ConditionNotReachable, match=r"no vertex 'Coumt'. It has: 'Source: Numbers -> Pace', 'Count'"):
        wait(script, vertex="Coumt")


def test_a_job_that_is_being_set_up_has_no_vertices_yet() -> None:
    script = (
        Script().jobs(row("INITIALIZING"), row("RUNNING")).on(DETAIL, detail("RUNNING"), detail("RUNNING", "Count"))
    )
    assert wait(script.on(VERTEX_METRIC, NUMBERS), vertex="Count").value == 9


@pytest.mark.parametrize(
    ("operation", "choices", "place"),
    [
        (METRIC, {}, "job 'count'"),
        (VERTEX_METRIC, {"vertex": "Count"}, "vertex 'Count'"),
        (TASKMANAGERS_METRIC, {"taskmanagers": True}, "the TaskManagers"),
    ],
)
def test_a_metric_that_is_not_there(operation: str, choices: Any, place: str) -> None:
    known = [{"id": name} for name in ("restarts", "lags", "Lag", "0.Count.lag")]
    script = Script().jobs(row("RUNNING")).on(DETAIL, detail("RUNNING", "Count")).on(operation, [])
    script.on(operation.partition("?")[0], known).on(TASKS, [])
    with pytest.raises(ConditionNotReachable, match=f"no metric 'lag' of {place}. Names there are like: lags, Lag"):
        wait(script, **choices)
    assert script.pauses == [10, 10, 10]


def of_vertex(whole: Any, *tasks: str) -> Script:
    """A vertex whose tasks have these values, and what Flink makes of them."""
    each = [{"id": f"{index}.lag", "value": value} for index, value in enumerate(tasks)]
    aggregates = [] if whole is None else [{"id": "lag", **dict.fromkeys(("min", "max", "avg", "sum"), whole)}]
    script = Script().jobs(row("RUNNING")).on(DETAIL, detail("RUNNING", "Count"))
    return script.on(VERTEX_METRIC, aggregates).on(TASKS, each).on(VERTEX_NAMES, [{"id": "lag"}])


@pytest.mark.parametrize(
    ("whole", "tasks", "comparison"),
    [
        ("Infinity", ["Infinity", "7"], ">="),
        ("-Infinity", ["7", "-Infinity"], "<="),
        ("NaN", ["NaN", "7"], ">="),
        (None, ["n/a", "7"], ">="),
        (None, ["7"], "=="),
    ],
)
@pytest.mark.parametrize("aggregation", ["min", "max", "avg", "sum"])
def test_a_task_without_a_number_is_left_out(whole: Any, tasks: list[str], comparison: str, aggregation: str) -> None:
    script = of_vertex(whole, *tasks)
    assert wait(script, 7, vertex="Count", comparison=comparison, aggregation=aggregation).value == 7


@pytest.mark.parametrize("whole", ["NaN", "Infinity"])
def test_tasks_without_any_number_are_waited_for(whole: str) -> None:
    with pytest.raises(WaitTimedOut, match=r"max of lag over 'Count' is no number yet; waiting for >= 5"):
        wait(of_vertex(whole, whole, whole), vertex="Count", seconds=100)


def test_a_vertex_whose_metric_is_a_text() -> None:
    with pytest.raises(ConditionNotReachable, match="Metric 'lag' is no number: it says 'n/a'"):
        wait(of_vertex(None, "n/a", "none"), vertex="Count")


def test_one_request_reads_the_metric_of_a_vertex_that_has_numbers() -> None:
    script = of_vertex(9, "9", "9")
    assert wait(script, vertex="Count").value == 9
    assert script.count(TASKS) == 0


def test_a_taskmanager_without_a_number_is_left_out() -> None:
    script = Script().jobs(row("RUNNING")).on(TASKMANAGERS_METRIC, [{"id": "lag", "max": "NaN"}])
    script.on("GET /taskmanagers", {"taskmanagers": [{"id": "one"}, {"id": "two"}]})
    script.on("GET /taskmanagers/one/metrics?get=lag", [{"id": "lag", "value": "NaN"}])
    script.on("GET /taskmanagers/two/metrics?get=lag", [{"id": "lag", "value": "8"}])
    assert wait(script, taskmanagers=True).value == 8


def test_the_tasks_of_a_large_vertex_are_read_with_requests_that_flink_takes() -> None:
    asked: list[str] = []

    class Cluster(Script):
        def _reply(self, request: Request[Any]) -> Any:
            if not request.path.endswith(f"{VERTEX}/metrics"):
                return super()._reply(request)
            query = dict(request.query)["get"]
            assert len(f"GET {request.path}?get={quote(query, safe='')} HTTP/1.1") < 4096
            asked.extend(query.split(","))
            return [{"id": name, "value": "NaN" if name == "0.lag" else "5"} for name in query.split(",")]

    large = detail("RUNNING", "Count")
    large["vertices"][0]["parallelism"] = 1000
    script = Cluster().jobs(row("RUNNING")).on(DETAIL, large).on(VERTEX_METRIC, [{"id": "lag", "sum": "NaN"}])
    assert wait(script, vertex="Count", aggregation="sum").value == 999 * 5
    assert asked == [f"{index}.lag" for index in range(1000)]


def test_a_name_of_several_vertices_is_refused_with_their_ids() -> None:
    twice = detail("RUNNING", "Map", "Map")
    twice["vertices"][1]["id"] = "b" * 32
    script = Script().jobs(row("RUNNING")).on(DETAIL, twice)
    with pytest.raises(
        ConditionNotReachable, match=f"has 2 vertices 'Map': {'a' * 32}, {'b' * 32}. Give the id of one"
    ):
        wait(script, vertex="Map")
    script.on(VERTEX_METRIC, NUMBERS)
    assert wait(script, vertex="b" * 32).value == 9


def test_a_vertex_that_has_finished_has_no_metrics() -> None:
    script = Script().jobs(row("RUNNING", running=1, finished=2)).on(DETAIL, detail("FINISHED", "Source"))
    script.on(VERTEX_METRIC, []).on(TASKS, [])
    with pytest.raises(
        ConditionNotReachable, match=r"Vertex 'Source' of job .* has finished, and Flink keeps no metrics"
    ):
        wait(script, vertex="Source")


@pytest.mark.parametrize(
    ("value", "threshold", "words"),
    [
        (1764550000000.0, 1764550000001, "is 1764550000000; waiting for >= 1764550000001"),
        (0.1 + 0.2, 0.75, "is 0.3; waiting for >= 0.75"),
        (1000000, 2e6, "is 1000000; waiting for >= 2000000"),
    ],
)
def test_numbers_are_shown_as_people_write_them(value: float, threshold: float, words: str) -> None:
    with pytest.raises(WaitTimedOut, match=words):
        wait(watched(value), threshold, seconds=5)


def test_nothing_is_like_it() -> None:
    script = watched(None).on(NAMES, [])
    with pytest.raises(ConditionNotReachable, match="Names there are like: none"):
        wait(script)


def test_a_metric_that_never_has_a_value() -> None:
    script = watched(None).on(NAMES, [{"id": "lag"}])
    with pytest.raises(ConditionNotReachable, match=r"lag has no value, and job 'count' .* is RUNNING"):
        wait(script)


@pytest.mark.parametrize("look", [row("RESTARTING"), row("CREATED"), row("RUNNING", scheduled=2)])
def test_a_job_that_does_not_run_has_no_values(look: Any) -> None:
    looks = [row("RUNNING"), *[look] * 9, row("RUNNING")]
    script = watched(4, *[None] * 9, 5).jobs(*looks)
    assert wait(script).value == 5


def test_a_metric_that_is_no_number() -> None:
    with pytest.raises(ConditionNotReachable, match="Metric 'lag' is no number: it says 'Hidden away'"):
        wait(watched("Hidden away"))


@pytest.mark.parametrize(
    ("look", "kind", "words"),
    [
        (row("FINISHED"), ConditionNotReachable, "is FINISHED before max of lag over 'Count' was as wanted"),
        (row("CANCELED"), JobFailed, "was cancelled"),
        (GONE, JobForgotten, "Last seen: job 'count'"),
    ],
)
def test_the_numbers_of_an_ended_job_are_old(look: Any, kind: type[Exception], words: str) -> None:
    script = Script().jobs(row("RUNNING"), look).on(DETAIL, detail("RUNNING", "Count"))
    script.on(VERTEX_METRIC, [NUMBERS[0] | {"max": 4}], NUMBERS)
    with pytest.raises(kind, match=words):
        wait(script, vertex="Count")


def test_a_job_that_is_lost_between_two_requests() -> None:
    script = Script().jobs(row("RUNNING"), GONE).on(DETAIL, NO_JOB)
    with pytest.raises(JobForgotten):
        wait(script, vertex="Count")


def test_a_time_out_tells_what_was_seen() -> None:
    script = Script().jobs(row("RUNNING")).on(TASKMANAGERS_METRIC, NUMBERS)
    with pytest.raises(WaitTimedOut, match="sum of lag over the TaskManagers is 10; waiting for > 20"):
        wait(script, 20, comparison=">", taskmanagers=True, aggregation="sum", seconds=5)
