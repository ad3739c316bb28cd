"""The real package in a simulated world: its time, its network, its Airflow and its files are replaced in one place."""

from __future__ import annotations

import io
import json
import pkgutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FunctionType, SimpleNamespace
from typing import Any

import httpx
import pytest
from airflow.providers.common.compat.sdk import Connection

import airflow_provider_dli
from airflow_provider_dli.hooks import object_store
from airflow_provider_dli.hooks.flow_hook import FlowHook
from airflow_provider_dli.jobs import attempt
from airflow_provider_dli.jobs.object_store import Found
from airflow_provider_dli.operators import jar
from airflow_provider_dli.rest import asynchronous
from airflow_provider_dli.rest.asynchronous import AsyncSender
from airflow_provider_dli.rest.request import FilePart
from airflow_provider_dli.rest.sync import Sender
from airflow_provider_dli.rest.target import Tls
from airflow_provider_dli.tasks import identity, ledger
from airflow_provider_dli.tasks.flow_task import FlowTask
from airflow_provider_dli.triggers.flow import FlowTrigger
from tests.conftest import AIRFLOW_3
from tests.model.fake_airflow import Notes
from tests.model.fake_gateway import ADDRESS
from tests.model.kernel import Clock, World, current
from tests.model.wire import Wire

PACKAGE = airflow_provider_dli.__name__
#: The connection that leads to the simulated cluster.
CONNECTION = Connection(
    conn_id="flink_default",
    conn_type="flink",
    host="http://flink",
    port=8081,
    extra=json.dumps({"sql_gateway": ADDRESS}),
)


class Switchboard:
    """What the replaced parts of the package lead to now."""

    wire: Wire | None = None
    #: Until when no connection can be read, in the world's time.
    sealed_until = 0.0


@contextmanager
def simulated(world: World, wire: Wire) -> Iterator[None]:
    """Let the package run in a world; afterwards all processes of it have ended."""
    _install()
    Clock.world, Switchboard.wire, Switchboard.sealed_until = world, wire, 0.0
    try:
        yield
    finally:
        world.close()
        Clock.world = Switchboard.wire = None


@contextmanager
def replaced() -> Iterator[None]:
    """Replace all that the package takes from outside; put everything back in the end."""
    with pytest.MonkeyPatch.context() as patch:
        for module in _modules():
            _replace_time(patch, module)
        _replace_network(patch)
        _replace_airflow(patch)
        _replace_files(patch)
        _State.installed = True
        try:
            yield
        finally:
            _State.installed = False


class _State:
    installed = False


def _install() -> None:
    assert _State.installed, "Run this inside of `replaced()`."


def _modules() -> list[Any]:
    found = pkgutil.walk_packages(airflow_provider_dli.__path__, f"{PACKAGE}.")
    names = [one.name for one in found if ".local" not in one.name]
    for name in names:
        import_module(name)
    return [sys.modules[name] for name in names]


def _replace_time(patch: pytest.MonkeyPatch, module: Any) -> None:
    """Replace the module ``time``, and its functions where they are somebody's default."""
    for name, value in list(vars(module).items()):
        if value is time:
            patch.setattr(module, name, Clock)
        elif getattr(value, "__module__", None) == module.__name__:
            _replace_defaults(patch, value)


_FUNCTIONS: dict[Any, Any] = {time.time: Clock.time, time.monotonic: Clock.monotonic, time.sleep: Clock.sleep}


def _replace_defaults(patch: pytest.MonkeyPatch, value: Any) -> None:
    if isinstance(value, type):
        for member in list(vars(value).values()):
            _replace_defaults(patch, getattr(member, "__func__", member))
    if not isinstance(value, FunctionType):
        return
    if any(_is_time(one) for one in value.__defaults__ or ()):
        patch.setattr(value, "__defaults__", tuple(_in_virtual_time(one) for one in value.__defaults__ or ()))
    if any(_is_time(one) for one in (value.__kwdefaults__ or {}).values()):
        defaults = {name: _in_virtual_time(one) for name, one in (value.__kwdefaults__ or {}).items()}
        patch.setattr(value, "__kwdefaults__", defaults)


def _is_time(value: Any) -> bool:
    return any(value is one for one in _FUNCTIONS)


def _in_virtual_time(value: Any) -> Any:
    return _FUNCTIONS[value] if _is_time(value) else value


def _swap(patch: pytest.MonkeyPatch, original: Any, fake: Any) -> None:
    """Replace something under every name that it has in the package."""
    for module in _modules():
        for name, value in list(vars(module).items()):
            if value is original:
                patch.setattr(module, name, fake)


def _replace_network(patch: pytest.MonkeyPatch) -> None:
    def transmit(sender: Any, outgoing: Any) -> Any:
        assert Switchboard.wire
        return Switchboard.wire.transmit(outgoing, sender._target.timeouts(outgoing.request))

    async def transmit_async(sender: Any, outgoing: Any) -> Any:
        return transmit(sender, outgoing)

    patch.setattr(Sender, "_transmit", transmit)
    patch.setattr(AsyncSender, "_transmit", transmit_async)
    patch.setattr(Tls, "context", lambda self: None)
    quick = SimpleNamespace(**{**vars(httpx), "AsyncClient": _Closed, "Limits": lambda **_: None})
    patch.setattr(asynchronous, "httpx", quick)


class _Closed:
    """Stands in for a client that sends nothing."""

    def __init__(self, **kwargs: Any) -> None:
        pass

    async def aclose(self) -> None:
        pass


def _replace_airflow(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FlowHook, "get_connection", classmethod(_read_connection))
    for kind in (FlowHook, FlowTask, FlowTrigger):
        patch.setattr(kind, "log", property(lambda self: Notes(_words())), raising=False)
    patch.setattr(identity, "_airflow", lambda: current().owner.airflow.version)  # type: ignore[union-attr]
    patch.setattr(identity, "conf", SimpleNamespace(get=lambda *_, fallback=None: fallback))
    patch.setattr(identity, "_executions", _PerProcess(Counter))
    patch.setattr(identity, "_last_state_on_airflow_2", lambda ti: ti._it.last_outcome)
    patch.setattr(ledger, "_warned", _PerProcess(set))
    if AIRFLOW_3:
        _replace_sdk(patch)


def _replace_sdk(patch: pytest.MonkeyPatch) -> None:
    from airflow.sdk import BaseXCom
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    patch.setattr(RuntimeTaskInstance, "get_task_states", staticmethod(_states))
    patch.setattr(BaseXCom, "get_one", classmethod(lambda cls, *, key, **_: _current_instance().xcoms.get(key)))


def _current_instance() -> Any:
    actor = current()
    assert actor
    return actor.owner


def _states(**_: Any) -> dict[str, dict[str, str]]:
    ti = _current_instance()
    if ti.deleted:
        return {}
    return {ti.run.run_id: {ti.task_id: ti.state}}


def _words() -> list[str]:
    actor = current()
    return actor.owner.words if actor and actor.owner else []


def _read_connection(cls: Any, conn_id: str) -> Any:
    actor = current()
    assert actor
    actor.check()
    if actor.world.now < Switchboard.sealed_until:
        raise RuntimeError("Vault is sealed")
    return CONNECTION


class _PerProcess:
    """A global of the package, of which each process has one of its own."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def _mine(self) -> Any:
        actor = current()
        assert actor
        return actor.locals.setdefault(self, self._make())

    def __getitem__(self, key: Any) -> Any:
        return self._mine()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._mine()[key] = value

    def __contains__(self, key: Any) -> bool:
        return key in self._mine()

    def add(self, key: Any) -> None:
        self._mine().add(key)


def _replace_files(patch: pytest.MonkeyPatch) -> None:
    # No task has as many tries, and each id costs time.
    patch.setattr(attempt, "_LONGEST_SERIES", 40)
    _swap(
        patch,
        jar.jar_file,
        lambda given: FilePart("jarfile", given.rpartition("/")[2], 4, lambda: io.BytesIO(b"PK\x03\x04")),
    )
    _swap(patch, object_store.OpenedStore, Disk)


class Disk:
    """The disk that all savepoints of a simulated cluster lie on."""

    def __init__(self, address: str) -> None:
        self._address = address

    def complete_ones(self, path: str, job_id: str | None = None) -> list[Found]:
        """Return the complete savepoints in a folder and below it."""
        actor = current()
        assert actor
        assert Switchboard.wire
        actor.wait(0.05)
        flink = Switchboard.wire.flink
        folder = _plain(f"{self._address}/{path}")
        found = []
        for full, operation in flink.disk.items():
            if operation.row and f"{_plain(full)}/".startswith(f"{folder}/"):
                below = _plain(full).removeprefix(folder).strip("/")
                found.append(Found("/".join(filter(None, (path, below))), operation.row.done + flink.offset))
        return found


def _plain(path: str) -> str:
    return "/".join(part for part in path.removeprefix("file:").split("/") if part)
