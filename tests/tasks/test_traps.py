"""What Airflow does to tasks, as ``docs/airflow.md`` tells it: each trap that no other test walks into."""

from __future__ import annotations

import ast
import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseHook, Context, TaskDeferred

from airflow_provider_dli.hooks.reading import Settings, read_settings
from airflow_provider_dli.jobs.flows import call
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.operators.flink import FlinkRunJarOperator, FlinkSqlOperator
from airflow_provider_dli.rest.request import Request
from airflow_provider_dli.rest.target import Target
from airflow_provider_dli.tasks import starting_operator
from airflow_provider_dli.tasks.identity import identity_of
from airflow_provider_dli.tasks.starting_operator import SECONDS_LEFT_BY_A_KILL
from airflow_provider_dli.triggers import flow
from airflow_provider_dli.triggers.flow import FlowTrigger
from tests.airflow_engine import connect, context_of, make_dag, run_dag, run_task
from tests.conftest import AIRFLOW_3
from tests.every_task import JOB
from tests.local.waiting import wait_until
from tests.rest.server import Handler, Server, answer, hang, serving
from tests.tasks.starts import Starts

PACKAGE = Path(starting_operator.__file__).parents[1]
HOOK = "airflow_provider_dli.hooks.flink.FlinkHook"
JAR_ID = "9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar"
MANY = 200
# From SIGTERM to SIGKILL.
SECONDS_OF_AIRFLOW = 5.0


class Jobs:
    """Answers like a Flink whose jobs run until they are cancelled, and may fall silent."""

    def __init__(self, *ids: str) -> None:
        self.states = dict.fromkeys(ids, "RUNNING")
        self.cancelled: Counter[str] = Counter()
        self.silent: set[str] = set()

    def __call__(self, handler: Handler) -> None:
        path = handler.path.partition("?")[0]
        if f"{handler.command} {path}" in self.silent or "all" in self.silent:
            hang(handler)
        elif handler.command == "PATCH":
            job_id = path.rpartition("/")[2]
            self.cancelled[job_id] += 1
            self.states[job_id] = "CANCELED"
            answer(202, b"{}")(handler)
        elif path == "/jobs/overview":
            answer(body=json.dumps({"jobs": [self._row(*each) for each in self.states.items()]}).encode())(handler)
        elif handler.command == "POST":
            job_id = json.loads(handler.server.received[-1].body)["jobId"]
            self.states[job_id] = "RUNNING"
            answer(body=json.dumps({"jobid": job_id}).encode())(handler)
        elif path == "/jobmanager/config":
            answer(body=b"[]")(handler)
        else:
            jars = [{"id": JAR_ID, "name": "job.jar", "uploaded": 1, "entry": []}]
            members = {"flink-version": "2.2.1", "address": "", "files": jars, "logs": [], "threadInfos": []}
            answer(body=json.dumps(members).encode())(handler)

    def _row(self, job_id: str, state: str) -> dict[str, Any]:
        tasks = {"total": 1, "running": 1}
        return {"jid": job_id, "name": "orders", "state": state, "start-time": 2e12, "end-time": -1, "tasks": tasks}


class LosesItsFirstTry(FlinkRunJarOperator):
    """Loses its first try when the job is already there."""

    def complete(self, context: Context, result: Any) -> str:
        if context["ti"].try_number == 1:
            raise AirflowException("The worker has lost its power.")
        return super().complete(context, result)


@pytest.fixture
def jobs(server: Server) -> Jobs:
    jobs = Jobs(JOB)
    server.says(jobs)
    return jobs


def executed(task: Any, context: Any, meanwhile: Callable[[], None]) -> Any:
    """Execute a task while something else happens; return its result, or what it raised."""
    with ThreadPoolExecutor() as threads:
        happening = threads.submit(meanwhile)
        try:
            result = task.execute(context)
        except (AirflowException, TaskDeferred) as error:
            result = error
        happening.result()
    return result


def looks(server: Server) -> int:
    return sum(each.path == "/jobs/overview" for each in server.received)


class TestAKillOnAWorker:
    """Airflow gives it five seconds, and then the process ends in the middle of whatever it does."""

    @pytest.fixture
    def given(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """The seconds that each request was given, for its connection and for its answer."""
        import requests

        seconds: list[float] = []
        send = requests.Session.request

        def request(*args: Any, timeout: tuple[float, float], **kwargs: Any) -> requests.Response:
            seconds.append(sum(timeout))
            return send(*args, timeout=timeout, **kwargs)

        monkeypatch.setattr(requests.Session, "request", request)
        return seconds

    @pytest.mark.parametrize("how", ["cancel", "stop_with_savepoint"])
    @pytest.mark.parametrize("silent", ["all", "GET /jobs/overview", f"PATCH /jobs/{JOB}", f"POST /jobs/{JOB}/stop"])
    @pytest.mark.parametrize("is_submitting", [True, False], ids=["while it submits", "while it waits"])
    def test_ends_in_time_where_the_cluster_never_answers(
        self,
        jobs: Jobs,
        given: list[float],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
        how: str,
        silent: str,
        is_submitting: bool,
    ) -> None:
        assert SECONDS_LEFT_BY_A_KILL < SECONDS_OF_AIRFLOW
        monkeypatch.setattr(starting_operator, "SECONDS_LEFT_BY_A_KILL", 0.4)
        task = Starts(task_id="it", wait_until="submitted", on_kill=how)
        task.execute(context_of(task))
        if is_submitting:
            task.submitting(JOB)
        jobs.silent.add(silent)
        given.clear()
        with caplog.at_level("INFO"):
            task.on_kill()
        told = capsys.readouterr().out + caplog.text
        assert JOB in told
        waited_for = [seconds for seconds in given if seconds > 0.05]
        assert max(waited_for) <= 0.4
        if silent == "all":
            assert sum(given) <= SECONDS_OF_AIRFLOW / 10
            assert re.search(r"No answer within 0\.[0-3]\d* s", told)

    def test_no_request_of_it_is_given_more_than_what_is_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        began = 1_700_000_000.0
        target = Target(("http://jobs:8081",), deadline=began + 4)
        long: Any = Request("POST", "/jars/1/run", lambda it: None, read_timeout=600)
        for passed, left in ((0, 4), (2, 2), (3.5, 0.5), (100, 0.2)):
            monkeypatch.setattr("airflow_provider_dli.rest.deadline.time.monotonic", lambda now=began + passed: now)
            assert sum(target.timeouts(long)) == pytest.approx(left, abs=0.02)

    def test_a_gateway_that_never_answers_leaves_time_for_the_job(
        self, jobs: Jobs, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("airflow_provider_dli.operators.flink.sql.SECONDS_LEFT_BY_A_KILL", 1.0)
        with serving() as gateway:
            gateway.says(hang)
            connect(monkeypatch, server.address, sql_gateway=gateway.address)
            task = FlinkSqlOperator(task_id="it", sql="INSERT INTO t SELECT 1", on_kill="cancel")
            task.identity = identity_of(context_of(task))
            task._opened("a" * 32)
            task.submitting(JOB)
            task.on_kill()
            assert len(gateway.received) == 1
        assert jobs.cancelled == {JOB: 1}


class TestTheConnection:
    """Reading it speaks to Airflow's supervisor, which a kill may have interrupted: then it would wait for ever."""

    def test_is_read_once_on_a_worker(self, jobs: Jobs, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        reads: Counter[str] = Counter()
        read = BaseHook.get_connection.__func__  # type: ignore[attr-defined]

        def counting(cls: type[BaseHook], conn_id: str) -> Any:
            reads[conn_id] += 1
            return read(cls, conn_id)

        monkeypatch.setattr(BaseHook, "get_connection", classmethod(counting))
        task = Starts(task_id="it", wait_until="finished", on_kill="cancel", poll_interval=0.01)

        def kill() -> None:
            wait_until(lambda: looks(server) > 5)
            task.on_kill()

        assert "was cancelled" in str(executed(task, context_of(task), kill))
        assert jobs.cancelled == {JOB: 1}
        assert reads == {"flink_default": 1}

    @pytest.mark.parametrize("kind", [FlinkRunJarOperator, FlinkSqlOperator], ids=lambda kind: kind.__name__)
    def test_is_read_before_there_is_anything_to_kill(
        self, server: Server, monkeypatch: pytest.MonkeyPatch, kind: Any
    ) -> None:
        """A kill that comes while it is being read has nothing to do, and must not want to read it."""

        def killed(cls: type[BaseHook], conn_id: str) -> Any:
            monkeypatch.setattr(BaseHook, "get_connection", None)
            task.on_kill()
            raise AirflowException("killed")

        monkeypatch.setattr(BaseHook, "get_connection", classmethod(killed))
        least = {"jar": JAR_ID} if kind is FlinkRunJarOperator else {}
        task = kind(task_id="it", on_kill="cancel", **(least or {"sql": "INSERT INTO t SELECT 1"}))
        with pytest.raises(AirflowException, match="killed"):
            task.execute(context_of(task))

    def test_is_read_once_in_the_triggerer_and_two_hundred_kills_reach_their_jobs(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Airflow cancels ``on_kill`` after a second, and each second again: also before a request has gone out."""
        reads: Counter[str] = Counter()

        def counting(hook: type[BaseHook], conn_id: str) -> Settings:
            reads[conn_id] += 1
            return read_settings(hook, conn_id)

        async def killed(trigger: FlowTrigger, job_id: str, was_blocked: bool) -> bool:
            await asyncio.sleep(0)
            return True

        monkeypatch.setattr("airflow_provider_dli.hooks.reading.read_settings", counting)
        monkeypatch.setattr(FlowTrigger, "_was_killed", killed)
        ids = [f"{number:032x}" for number in range(MANY)]
        jobs = Jobs(*ids)
        server.says(jobs)
        asyncio.run(_all_killed([_trigger(job_id) for job_id in ids]))
        assert jobs.cancelled == dict.fromkeys(ids, 1)
        assert reads == {"flink_default": 1}


def _trigger(job_id: str) -> FlowTrigger:
    wait = call(wait_for_end, job_id=job_id, poll_interval=0.5)
    kill = {"job_id": job_id, "how": "cancel", "directory": None, "operation_id": "a" * 32}
    return FlowTrigger(HOOK, "flink_default", wait.flow, dict(wait.arguments), 60.0, None, kill)


async def _all_killed(triggers: list[FlowTrigger]) -> None:
    """Run triggers and kill them all, as Airflow's runner does; each kill is cancelled, again and again."""
    running = [asyncio.create_task(_ran_and_killed(trigger)) for trigger in triggers]
    await asyncio.to_thread(wait_until, lambda: all(trigger._client for trigger in triggers))
    for one in running:
        one.cancel()
    while flow._kills or not all(one.done() for one in running):
        await asyncio.sleep(0)
        for one in running:
            one.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _ran_and_killed(trigger: FlowTrigger) -> None:
    try:
        async for _ in trigger.run():
            pass
    except asyncio.CancelledError:
        try:
            await trigger.on_kill()
        finally:
            await trigger.cleanup()
        raise


class TestWhatATaskPublishes:
    @pytest.mark.parametrize("deferrable", [False, True], ids=["on the worker", "deferred"])
    def test_is_there_as_soon_as_the_job_is(self, jobs: Jobs, server: Server, deferrable: bool) -> None:
        """Airflow itself writes links when the task has ended."""
        task = Starts(task_id="it", wait_until="finished", deferrable=deferrable, poll_interval=0.01)
        context = context_of(task)
        url = f"{server.address}/#/job/running/{JOB}/overview"
        seen: dict[str, Any] = {}

        def look() -> None:
            wait_until(lambda: "job_id" in context["ti"].xcoms if deferrable else looks(server))
            seen.update(context["ti"].xcoms)
            jobs.states[JOB] = "FINISHED"

        result = executed(task, context, look)
        assert isinstance(result, TaskDeferred) if deferrable else result == JOB
        assert seen == {"job_id": JOB, "job_url": url, "_link_FlinkJobLink": url}

    @pytest.mark.parametrize("deferrable", [False, True], ids=["on the worker", "deferred"])
    def test_is_the_same_where_a_retry_attaches(
        self, jobs: Jobs, server: Server, airflow_db: None, deferrable: bool
    ) -> None:
        """On Airflow's engine, which takes away the XComs of the try before."""
        jobs.states.clear()
        task, log = run_task(LosesItsFirstTry, jar=JAR_ID, deferrable=deferrable, poll_interval=0.1, retries=1)
        (job_id,) = jobs.states
        url = f"{server.address}/#/job/running/{job_id}/overview"
        assert (task.state, task.tries) == ("success", 2), log
        assert task.xcoms == {"return_value": job_id, "job_id": job_id, "job_url": url, "_link_FlinkJobLink": url}

    def test_of_assets_is_published_after_a_deferral(self, jobs: Jobs, airflow_db: None) -> None:
        """A task that ends in the triggerer would tell nobody of its outlets."""
        from airflow.providers.common.compat.sdk import Asset

        jobs.states[JOB] = "FINISHED"
        with make_dag() as dag:
            outlet = Asset(f"x://{dag.dag_id}")
            _make_known(outlet)
            Starts(task_id="it", wait_until="finished", deferrable=True, poll_interval=0.1, outlets=[outlet])
        run = run_dag(dag)
        assert run["it"].result == JOB, run.log
        assert _asset_events_of(dag.dag_id) == ["it"]


def _make_known(asset: Any) -> None:
    """Write an asset into the database where Airflow 2 looks for it; Airflow 3 does so with the DAG."""
    if AIRFLOW_3:
        return
    from airflow.datasets.manager import dataset_manager
    from airflow.models.dataset import DatasetModel
    from airflow.utils.session import create_session

    with create_session() as session:
        dataset_manager.create_datasets([DatasetModel.from_public(asset)], session=session)


def _asset_events_of(dag_id: str) -> list[str]:
    """The tasks of a DAG that have told of their outlets."""
    from airflow.utils.session import create_session

    if AIRFLOW_3:
        from airflow.models.asset import AssetEvent as Event
    else:
        from airflow.models.dataset import DatasetEvent as Event  # type: ignore[no-redef]
    with create_session() as session:
        return [event.source_task_id for event in session.query(Event).filter_by(source_dag_id=dag_id)]


def test_a_task_that_fails_leaves_its_job_alone(jobs: Jobs, server: Server) -> None:
    """Airflow kills nothing then, and the next try is to find the job; the error says how it was last."""
    task = Starts(task_id="it", wait_until="finished", on_kill="cancel", poll_interval=0.01, grace_period=0)

    def fall_silent() -> None:
        wait_until(lambda: looks(server) > 1)
        server.says(answer(503, b"electing"), jobs)

    told = str(executed(task, context_of(task), fall_silent))
    assert told.count("Last seen: job 'orders'") == 1
    assert not jobs.cancelled


def _calls(name: str) -> list[ast.Call]:
    """Each call of something of this name in the package."""
    trees = (ast.walk(ast.parse(path.read_text())) for path in PACKAGE.rglob("*.py"))
    called = [node for nodes in trees for node in nodes if isinstance(node, ast.Call)]
    return [node for node in called if getattr(node.func, "attr", getattr(node.func, "id", None)) == name]


def test_a_deferral_names_its_method_and_gives_it_no_arguments() -> None:
    """``dag.test()`` drops the arguments, and Airflow 3 accepts no deferral without a method."""
    deferrals = _calls("defer")
    assert deferrals
    for deferral in deferrals:
        given = {keyword.arg: keyword.value for keyword in deferral.keywords}
        assert not deferral.args
        assert {"trigger", "method_name"} <= given.keys() <= {"trigger", "method_name", "timeout"}
        assert isinstance(given["method_name"], ast.Constant)
        assert isinstance(given["method_name"].value, str)


@pytest.mark.parametrize("way", ["TaskSuccessEvent", "TaskFailedEvent", "TaskSkippedEvent", "StartTriggerArgs"])
def test_no_task_begins_or_ends_in_the_triggerer(way: str) -> None:
    """Airflow would leave out its outlets, its links and its listeners."""
    assert not [path for path in PACKAGE.rglob("*.py") if way in path.read_text()]
