"""Identity of a task instance: equal for all tries of a generation, and never for two generations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.tasks import identity as module
from airflow_provider_dli.tasks.identity import attempt_of, identity_of, is_retry, ledger_of, start_execution
from tests.airflow_engine import START, FakeTi, context_of, make_dag, run_dag
from tests.conftest import AIRFLOW_3
from tests.tasks.test_ledger import Store

SEEN: list[Attempt] = []
RUN_AFTER = pendulum.datetime(2026, 12, 1)
#: What each line of Airflow gives to a task.
LINES = [(2, 11), (3, 0), (3, 1), (3, 2), (3, 3)]


class Notes(BaseOperator):
    """Notes its attempt; fails in its first try."""

    def __init__(self, *, mark: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mark = mark

    def execute(self, context: Context) -> None:
        SEEN.append(attempt_of(context, "run"))
        if context["ti"].try_number == 1:
            raise AirflowException("again")


@pytest.fixture(params=LINES, ids=lambda line: ".".join(map(str, line)))
def line(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "_airflow", lambda: request.param)
    return request.param


def a_try(
    line: tuple[int, int],
    number: int = 1,
    max_tries: int = 2,
    carrier: str = "a",
    run_after: pendulum.DateTime = RUN_AFTER,
    run_id: int = 7,
    clear_number: int = 0,
    started: pendulum.DateTime = START,
    store: Any = None,
) -> Any:
    """A try as a version of Airflow shows it to a task."""
    ti = FakeTi(dag_id="d", run_id="scheduled__1", task_id="t", try_number=number, max_tries=max_tries)
    ti.start_date = started
    run: dict[str, Any] = {"start_date": started, "clear_number": clear_number}
    if line >= (3, 0):
        # Before 3.2 each try may have a carrier of its own, where tracing is on.
        ti.context_carrier = {"traceparent": f"00-{carrier if line >= (3, 2) else number}-b-01"}
        run["run_after"] = run_after
    else:
        run |= {"id": run_id, "execution_date": RUN_AFTER, "queued_at": started}
    return {"ti": ti, "dag_run": SimpleNamespace(**run), "task_state_store": store if line >= (3, 3) else None}


def test_a_map_index_is_part_of_it() -> None:
    tis = [FakeTi(dag_id="d", run_id="r", task_id="t", map_index=index) for index in (None, -1, 3)]
    assert [identity_of({"ti": ti}).map_index for ti in tis] == [-1, -1, 3]


def test_a_retry_keeps_it(line: tuple[int, int]) -> None:
    """Also when the run was queued again by hand meanwhile, which gives it another start."""
    first, retry = a_try(line), a_try(line, number=2, started=START.add(hours=1))
    assert identity_of(first) == identity_of(retry)


def test_a_clear_changes_it(line: tuple[int, int]) -> None:
    before, after = a_try(line, number=2), a_try(line, number=3, max_tries=4, carrier="b", clear_number=1)
    assert identity_of(before) != identity_of(after)


def test_a_clear_after_retries_were_lowered_changes_it(line: tuple[int, int]) -> None:
    """`max_tries` is the same as before then; the run had finished, so it was cleared as well."""
    before, after = a_try(line, number=1), a_try(line, number=2, carrier="b", clear_number=1)
    assert identity_of(before) != identity_of(after)


@pytest.mark.parametrize("line", LINES[3:], indirect=True, ids=str)
def test_from_3_2_on_another_task_can_be_cleared_while_this_one_waits_for_its_retry(line: tuple[int, int]) -> None:
    """That counts as a clear of the run."""
    assert identity_of(a_try(line)) == identity_of(a_try(line, number=2, clear_number=1))


def test_a_run_that_is_made_again_under_its_id_changes_it(line: tuple[int, int]) -> None:
    before, after = a_try(line), a_try(line, carrier="b", run_after=RUN_AFTER.add(seconds=1), run_id=8)
    assert identity_of(before) != identity_of(after)


@pytest.mark.parametrize("line", LINES[:3], indirect=True, ids=str)
def test_before_3_2_a_scheduled_run_can_be_made_again_with_all_of_its_values(line: tuple[int, int]) -> None:
    """Then ages decide in the very first try."""
    context = a_try(line, started=pendulum.now().subtract(minutes=1))
    assert identity_of(context) == identity_of(a_try(line))
    attempt = attempt_of(context, "run")
    assert attempt.run_age is not None
    assert 60 <= attempt.run_age() < 120
    assert attempt_of(a_try(line, number=2), "run").run_age is None


@pytest.mark.parametrize("line", LINES[3:], indirect=True, ids=str)
def test_from_3_2_on_it_never_recurs_so_ages_do_not_matter(line: tuple[int, int]) -> None:
    assert attempt_of(a_try(line), "run").run_age is None


@pytest.mark.parametrize("line", LINES[3:], indirect=True, ids=str)
def test_without_a_carrier_it_is_named_as_before(line: tuple[int, int]) -> None:
    """An index that a changed list has added to a mapped task has none, nor has a run from before an upgrade."""
    contexts = [a_try(line), a_try(line, number=2, clear_number=1)]
    for context in contexts:
        context["ti"].context_carrier = None
    first, retry = contexts
    assert identity_of(first) == identity_of(retry)
    module_line, module._airflow = module._airflow, lambda: (3, 1)  # type: ignore[assignment]
    assert identity_of(first) == identity_of(a_try((3, 1)))
    module._airflow = module_line


@pytest.mark.parametrize("line", LINES[:1], indirect=True, ids=str)
def test_two_processes_of_dags_test_on_2_11_differ_though_all_values_of_their_runs_are_the_same(
    line: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, retry = (a_try(line, number=number) for number in (1, 2))
    for context in (first, retry):
        context["dag_run"].queued_at = context["ti"].start_date = None
    before = identity_of(first)
    assert identity_of(retry) == before
    monkeypatch.setattr(module, "_PROCESS", "another")
    assert identity_of(first) != before


def test_each_execution_in_one_try_has_its_own() -> None:
    context = context_of(Notes(task_id="it"))
    seen = []
    for _ in range(3):
        start_execution(context)
        seen.append(identity_of(context))
    assert [one.execution for one in seen] == [0, 1, 2]
    assert len({next(one.series("run")) for one in seen}) == 3
    # The next try counts from the start: its first execution is the same one.
    context["ti"].try_number = 2
    start_execution(context)
    assert identity_of(context) == seen[0]


def test_a_namespace_tells_two_installations_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    context = context_of(Notes(task_id="it"))
    plain = identity_of(context)
    assert plain.namespace == ""
    monkeypatch.setenv("AIRFLOW__AIRFLOW_PROVIDER_DLI__NAMESPACE", "staging")
    assert identity_of(context) == replace(plain, namespace="staging")


@pytest.mark.parametrize("line", LINES[4:], indirect=True, ids=str)
def test_with_a_store_the_ledger_knows_retries_and_earlier_generations(line: tuple[int, int]) -> None:
    store = Store()
    first = a_try(line, store=store)
    assert not is_retry(first)
    ledger_of(first).open()
    retry = a_try(line, number=2, store=store)
    assert is_retry(retry)
    # Raised while the task waited for its retry: the number of retries decides nothing.
    cleared = a_try(line, number=3, max_tries=4, carrier="b", store=store)
    assert not is_retry(cleared)
    ledger_of(cleared).open()
    assert is_retry(a_try(line, number=4, max_tries=4, carrier="b", store=store))
    assert attempt_of(cleared, "run").earlier == (identity_of(first),)
    assert attempt_of(first, "run").earlier == ()


@pytest.mark.parametrize("line", LINES[:3], indirect=True, ids=str)
def test_without_a_store_earlier_generations_are_derived(line: tuple[int, int]) -> None:
    first, twice = a_try(line, max_tries=1), a_try(line, number=5, max_tries=5, clear_number=2)
    earlier = attempt_of(twice, "run").earlier
    assert identity_of(first) in earlier
    assert identity_of(twice) not in earlier
    assert identity_of(a_try(line, number=3, max_tries=3, clear_number=1)) in earlier
    assert len(earlier) <= 60
    assert attempt_of(first, "run").earlier == ()


def test_a_later_try_is_a_retry_unless_it_follows_a_success(line: tuple[int, int]) -> None:
    first, second = a_try(line), a_try(line, number=2)
    assert (is_retry(first), is_retry(second)) == (False, True)
    if line >= (3, 0):
        second["ti"]._ti_context_from_server = SimpleNamespace(xcom_keys_to_clear=["job_id", "return_value"])
        assert not is_retry(second)
        assert attempt_of(second, "run").follows_success


@pytest.mark.airflow_2
def test_airflows_engine_keeps_it_for_a_retry_and_not_for_mapped_tasks_and_clears(airflow_db: None) -> None:
    SEEN.clear()
    with make_dag(default_args={"retries": 1, "retry_delay": timedelta(0)}) as dag:
        Notes(task_id="one")
        Notes.partial(task_id="each", retries=1, retry_delay=timedelta(0)).expand(mark=["a", "b"])
    run = run_dag(dag)
    assert {task.tries for task in run.tasks.values()} == {2}
    tries: dict[Identity, list[bool]] = {}
    for attempt in SEEN:
        tries.setdefault(attempt.identity, []).append(attempt.is_retry)
    indexes = sorted((identity.task_id, identity.map_index) for identity in tries)
    assert indexes == [("each", 0), ("each", 1), ("one", -1)]
    assert all(each == [False, True] for each in tries.values())
    before, after = _cleared(dag.dag_id, "one")
    assert before != after or not AIRFLOW_3
    assert after not in tries


def _cleared(dag_id: str, task_id: str) -> tuple[Identity, Identity]:
    """Clear a task, as a person does, and return its identities before and after."""
    from airflow.models.taskinstance import TaskInstance, clear_task_instances
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.query(TaskInstance).filter_by(dag_id=dag_id, task_id=task_id)
        before = identity_of({"ti": found.one(), "dag_run": found.one().dag_run})
        clear_task_instances(found.all(), session)
        session.flush()
        return before, identity_of({"ti": found.one(), "dag_run": found.one().dag_run})
