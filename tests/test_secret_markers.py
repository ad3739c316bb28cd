"""A marker is put into every input that may hold a secret, and no message, link, XCom or log has it."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import BaseOperator, TaskDeferred

from airflow_provider_dli.hooks.dli import DliHook
from airflow_provider_dli.hooks.dli_fields import FIELDS as DLI_FIELDS
from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.hooks.flink_fields import FIELDS as FLINK_FIELDS
from airflow_provider_dli.operators.flink import FlinkRunJarOperator
from tests.airflow_engine import connect, context_of
from tests.every_task import JOB, LEAST, make
from tests.rest.server import Handler, Server, answer, serving

MARKER = "m4rk3r-s3cr3t"
PEM = f"-----BEGIN PRIVATE KEY-----\n{MARKER}\n-----END PRIVATE KEY-----\n"
SHAPES: dict[str, Any] = {
    "a text": MARKER,
    "words": f"--password {MARKER}",
    "a number in front": f"5 {MARKER}",
    "JSON": json.dumps({"key": MARKER}),
    "a list": [MARKER, "x"],
    "a nested list": [[MARKER]],
    "a dict": {"key": MARKER},
    "a nested dict": {"key": {"deep": MARKER}},
    "a key": {MARKER: 1},
    "a set": {MARKER},
    "a query": f"/a?token={MARKER}",
    "a user": f"me:{MARKER}@host:8083",
    "a user in an address": f"https://me:{MARKER}@127.0.0.1:1/a?token={MARKER}#{MARKER}",
    "a key file's content": PEM,
}
#: Parameters of tasks that may hold secrets. All others are ids, names, paths, choices and numbers.
MAY_BE_SECRET = (
    "arguments",
    "configuration",
    "flink_configuration",
    "settings",
    "spark_configuration",
    "sql",
    "tags",
)
WITH_SECRETS = [(kind, name) for kind in LEAST for name in MAY_BE_SECRET if name in kind.template_fields]


def parameters_of(kind: type[BaseOperator]) -> set[str]:
    """Return the names of a task's parameters that this package adds to Airflow's."""
    ours = [base for base in kind.__mro__ if base.__module__.startswith("airflow_provider_dli")]
    makers = [vars(base)["__init__"] for base in ours if "__init__" in vars(base)]
    return {name for maker in makers for name in inspect.signature(maker).parameters} - {"self", "kwargs"}


def texts_of(error: BaseException | None) -> Iterator[str]:
    """Yield all that a traceback shows of an exception and of its causes."""
    while error:
        yield f"{error} {error!r} {getattr(error, '__notes__', '')}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def refusing(handler: Handler) -> None:
    """Refuse, in a way that lets each flow end at once."""
    answer(400, b'{"errors": ["Refused."], "error_code": "DLI.0001", "error_msg": "Refused."}')(handler)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as server:
        server.says(refusing)
        connect(monkeypatch, server.address)
        extra = {"endpoint": server.address, "region": "local-1", "project_id": "0" * 32}
        connection = {"conn_type": "dli", "login": "ACCESSKEY", "password": "secret-key", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_DLI_DEFAULT", json.dumps(connection))
        yield server


def test_the_parameters_are_the_tasks_own() -> None:
    there = set().union(*map(parameters_of, LEAST))
    assert set(MAY_BE_SECRET) <= there
    # What is new, and has such a name, belongs to MAY_BE_SECRET.
    suspicious = {name for name in there if any(part in name for part in ("config", "argument", "setting", "secret"))}
    assert suspicious <= set(MAY_BE_SECRET)


@pytest.mark.parametrize(("kind", "name"), WITH_SECRETS, ids=lambda one: getattr(one, "__name__", one))
def test_nothing_of_a_parameter_is_shown(
    server: Server, caplog: pytest.LogCaptureFixture, kind: type[BaseOperator], name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = [text for value in SHAPES.values() for text in shown_by_a_task(kind, **{name: value})]
    shown += [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    assert len(shown) >= len(SHAPES)
    assert [text for text in shown if MARKER in text] == []


def shown_by_a_task(kind: type[BaseOperator], **arguments: Any) -> list[str]:
    """Make a task and execute it; return what it shows beside its log."""
    shown: list[str] = []
    try:
        task = make(kind, **arguments, grace_period=0.1)
        context = context_of(task)
        try:
            task.execute(context)
        except TaskDeferred as deferred:
            shown.append(json.dumps(deferred.trigger.serialize()))
        finally:
            shown.append(str(context["ti"].xcoms))
    except Exception as error:
        shown += texts_of(error)
    return shown


FLINK_MEMBERS = ["host", "schema", "login", "password", *FLINK_FIELDS, MARKER]
DLI_MEMBERS = ["host", "schema", "login", "password", *DLI_FIELDS, MARKER]
#: Members that are addresses, ids, names or paths: a message shows them, but no user and no password in them.
ARE_SHOWN = frozenset(
    {"host", "addresses", "path_prefix", "sql_gateway", "web_address"}
    | {"endpoint", "iam_endpoint", "sts_endpoint", "metadata_address", "region", "project_id", "project_name"}
)
#: The forms in which a member is what it should be.
FITTING = {
    **{member: {"a text"} for member in ARE_SHOWN},
    "path_prefix": {"a text", "a user"},
    "web_address": {"a text", "a query", "a user in an address"},
    **{member: {"a query"} for member in ("ca_certificate", "client_certificate", "client_key", "id_token_file")},
}


#: What does not differ for a connection: it reads no lists in lists.
FOR_TASKS_ONLY = {"a number in front", "a list", "a nested list", "a nested dict", "a set"}


def shapes_for(member: str) -> list[Any]:
    fitting = FITTING.get(member, set()) | FOR_TASKS_ONLY
    return [value for shape, value in SHAPES.items() if shape not in fitting]


def check_connection(hooks: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    shown = []
    for make_hook in hooks:
        try:
            hook = make_hook()
            shown += [str(hook.test_connection()), repr(hook), repr(hook._target), hook.backend.job_url(JOB)]
        except Exception as error:
            shown += texts_of(error)
    shown += [record.getMessage() for record in caplog.records if record.name.startswith("airflow")]
    assert [text for text in shown if MARKER in text] == []


@pytest.mark.parametrize("member", FLINK_MEMBERS)
def test_nothing_of_a_connection_to_flink_is_shown(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, member: str
) -> None:
    for value in shapes_for(member):
        give_to_connection(monkeypatch, "flink", {"host": server.address}, {}, member, value)
        check_connection([FlinkHook], caplog)


@pytest.mark.parametrize("member", DLI_MEMBERS)
def test_nothing_of_a_connection_to_dli_is_shown(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, member: str
) -> None:
    extra = {"region": "local-1", "project_id": "0" * 32}
    if member != "host":
        extra["endpoint"] = server.address
    for value in shapes_for(member):
        give_to_connection(monkeypatch, "dli", {"login": "KEY", "password": "secret-key"}, extra, member, value)
        check_connection([DliHook], caplog)


def test_a_user_in_a_web_address_is_not_in_links(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, server.address, web_address=f"https://me:{MARKER}@flink.example.com/a?b=c")
    assert FlinkHook().backend.job_url(JOB).startswith("https://flink.example.com/a?b=c")


def give_to_connection(
    monkeypatch: pytest.MonkeyPatch, kind: str, members: dict[str, Any], extra: dict[str, Any], name: str, value: Any
) -> None:
    """Define the default connection of a kind, with a value for one member of it, or of its extra."""
    if name in {"host", "schema", "login", "password"}:
        members = {**members, name: value if isinstance(value, str) else json.dumps(value, default=list)}
    else:
        extra = {**extra, name: sorted(value) if isinstance(value, set) else value}
    defined = {"conn_type": kind, **members, "extra": extra}
    monkeypatch.setenv(f"AIRFLOW_CONN_{kind.upper()}_DEFAULT", json.dumps(defined))


def echoing(status: int, kind: str) -> Any:
    """Return what echoes the headers of a request, as debugging proxies do."""

    def reply(handler: Handler) -> None:
        echo = "\n".join(f"{name}: {value}" for name, value in handler.headers.items()).replace("\n", " ")
        answer(status, (json.dumps({"errors": [echo]}) if kind == "application/json" else echo).encode(), kind)(handler)

    return reply


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 500, 502])
@pytest.mark.parametrize(
    "members",
    [
        {"login": "me", "password": MARKER},
        {"token": MARKER},
        {"headers": {"X-Api-Key": MARKER}},
    ],
    ids=["password", "token", "header"],
)
def test_nothing_that_a_server_echoes_is_shown(
    server: Server, monkeypatch: pytest.MonkeyPatch, members: dict[str, Any], status: int, kind: str
) -> None:
    connect(monkeypatch, server.address, **members)
    server.says(echoing(status, kind))
    task = make(FlinkRunJarOperator, grace_period=0.1, jar="0d6f9a4c-7a55-4f3e-a2f5-3e1d3c1b0a9e_job.jar")
    with pytest.raises(Exception) as caught:  # noqa: PT011 (any error may show it)
        task.execute(context_of(task))
    shown = [str(FlinkHook().test_connection()), *texts_of(caught.value)]
    assert server.received
    assert [text for text in shown if MARKER in text] == []
    assert any("***" in text for text in shown)
