"""Every way to authenticate, against the emulator, which checks signatures by itself; over both senders."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.credentials.sources import GivenKeys
from airflow_provider_dli.dli.credentials.values import Credentials
from airflow_provider_dli.dli.credentials.ways import Signed
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.dli.iam.keys import assume_agency
from airflow_provider_dli.dli.iam.tokens import create_token
from airflow_provider_dli.hooks.dli_connection import find_project_of, target_of
from airflow_provider_dli.local.dli.application import application
from airflow_provider_dli.local.dli.iam.directory import AGENCY, CONTAINER_TOKEN, ID_TOKEN, Directory
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.settings import Settings
from airflow_provider_dli.local.dli.store import Store
from airflow_provider_dli.local.dli.switches import Switches
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.errors import NotAuthenticated
from airflow_provider_dli.rest.flow import drive
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.sync import Sender
from airflow_provider_dli.rest.target import Target
from tests.rest.clients import Client, Triggerer, Worker

GROUPS = ("iam", "quotas")


@DLI.endpoint("GET /v3/{project_id}/quotas", Answer.json)
def quotas(text: str | None = None) -> Parts:
    return Parts(query={"z": "last", "a b": text, "A": True})


DLI.endpoints.remove(quotas)


@dataclass
class Emulator:
    """The emulator, listening, and what it has seen."""

    address: str
    settings: Settings
    directory: Directory
    seen: list[str]

    def extra(self, **members: Any) -> dict[str, Any]:
        return {"region": self.settings.region, "endpoint": self.address, **members}

    def connection(self, **members: Any) -> Any:
        keys = {"login": self.settings.access_key, "password": self.settings.secret_key, **members}
        return SimpleNamespace(conn_id="dli", conn_type="dli", host=None, port=None, schema=None, **keys)


def listening(folder: Path, switches: Switches) -> Iterator[Emulator]:
    settings = Settings(folder=folder, switches=switches)
    services = Services(settings, Store(folder / "state.db"))
    seen: list[str] = []
    answers = application(services, GROUPS)

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.append(f"{scope['method']} {scope['path']}")
        await answers(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(noting, port=0, log_level="warning", lifespan="off", date_header=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        yield Emulator(f"http://{host}:{port}", settings, Directory(services), seen)
    finally:
        server.should_exit = True
        thread.join()
        services.store.close()


@pytest.fixture(scope="module")
def _emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    yield from listening(tmp_path_factory.mktemp("dli"), Switches())


@pytest.fixture
def emulator(_emulator: Emulator) -> Emulator:
    _emulator.seen.clear()
    return _emulator


@pytest.fixture
def old_emulator(tmp_path: Path) -> Iterator[Emulator]:
    yield from listening(tmp_path, Switches(metadata_is_old=True))


@pytest.fixture(params=[Worker, Triggerer], ids=["worker", "triggerer"])
def kind(request: pytest.FixtureRequest) -> type[Client]:
    return request.param  # type: ignore[no-any-return]


def ask(kind: type[Client], target: Target, gate: Gate, times: int = 1, between: Any = None) -> list[Any]:
    """Ask DLI through a sender of this kind, as a hook does."""
    client = kind(target)
    try:
        answers = []
        for number in range(times):
            if number and between:
                between()
            answers.append(drive(gate.ask(quotas(text="ü+ &%2F~")), lambda step: client.send(step)))
        return answers
    finally:
        client.close()


def ask_as(kind: type[Client], connection: Any, extra: dict[str, Any], **more: Any) -> list[Any]:
    return ask(kind, target_of(connection, extra), Gate(find_project_of(connection, extra)), **more)


LOOK = "GET /v3/projects"
TOKEN = "POST /v3/auth/tokens"
ASSUME = "POST /v3.0/OS-CREDENTIAL/securitytokens"
ASSUME_5 = "POST /v5/agencies/assume"
SESSION, KEYS = "PUT /meta-data/latest/api/token", "GET /openstack/latest/securitykey"


def ways(emulator: Emulator, folder: Path) -> dict[str, tuple[Any, dict[str, Any], list[str], int]]:
    """Each way: connection, extra, what goes before the first request, and how much of that once more after it ends."""
    settings = emulator.settings
    domain = emulator.directory.domain
    urn = next(each["urn"] for each in emulator.directory.agencies.all())
    (folder / "id-token").write_text(ID_TOKEN)
    (folder / "pod-token").write_text(f"{CONTAINER_TOKEN}\n")
    keys, user = emulator.connection(), emulator.connection(login=settings.user, password=settings.password)
    nobody = emulator.connection(login=None, password=None)
    agency = {"agency_name": AGENCY, "agency_domain": domain["name"]}
    agency_by_id = {"agency_name": AGENCY, "agency_domain": domain["id"]}
    oidc = {"provider_urn": "provider", "agency_urn": urn, "id_token_file": str(folder / "id-token")}
    password = {"authentication": "password", "domain": domain["name"]}
    return {
        "keys": (keys, {}, [LOOK], 0),
        "keys and project": (keys, {"project_id": settings.project_id}, [], 0),
        "password": (user, password, [TOKEN], 1),
        "password, project by id": (user, {**password, "project_id": settings.project_id}, [TOKEN], 1),
        "agency": (keys, {"authentication": "agency", **agency}, [ASSUME, LOOK], 1),
        "agency by id": (keys, {"authentication": "agency", **agency_by_id}, [ASSUME, LOOK], 1),
        "agency by password": (
            user,
            {"authentication": "agency", "agency_with": "password", "domain": domain["name"], **agency},
            [TOKEN, ASSUME, LOOK],
            1 + 2,
        ),
        "agency_v5": (keys, {"authentication": "agency_v5", "agency_urn": urn}, [ASSUME_5, LOOK], 1),
        "agency_v5 by metadata": (
            nobody,
            {
                "authentication": "agency_v5",
                "agency_urn": urn,
                "agency_with": "metadata",
                "metadata_address": emulator.address,
            },
            [SESSION, KEYS, ASSUME_5, LOOK],
            1 + 3,
        ),
        "oidc": (nobody, {"authentication": "oidc", **oidc}, ["POST /v5/agencies/assume-with-oidc", LOOK], 1),
        "metadata": (
            nobody,
            {"authentication": "metadata", "metadata_address": emulator.address},
            [SESSION, KEYS, LOOK],
            2,
        ),
        "container": (nobody, {"authentication": "container"}, ["POST /container/credentials", LOOK], 1),
        "environment": (nobody, {"authentication": "environment"}, [LOOK], 0),
    }


NAMES = (
    *("keys", "keys and project", "password", "password, project by id", "agency", "agency by id"),
    *("agency by password", "agency_v5", "agency_v5 by metadata", "oidc", "metadata", "container", "environment"),
)


@pytest.mark.parametrize("name", NAMES)
def test_every_way_is_let_in_and_renewed(
    emulator: Emulator, kind: type[Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HC_CONTAINER_CREDENTIALS_FULL_URI", f"{emulator.address}/container/credentials")
    monkeypatch.setenv("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "pod-token"))
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", emulator.settings.access_key)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", emulator.settings.secret_key)
    monkeypatch.delenv("HUAWEICLOUD_SDK_SECURITY_TOKEN", raising=False)
    monkeypatch.delenv("HUAWEICLOUD_SDK_PROJECT_ID", raising=False)
    connection, extra, before, again = ways(emulator, tmp_path)[name]
    answers = ask_as(kind, connection, emulator.extra(**extra), times=2, between=emulator.directory.expire_all)
    assert all("quotas" in answer for answer in answers)
    operation = f"GET /v3/{emulator.settings.project_id}/quotas"
    first = [*before, operation]
    assert emulator.seen[: len(first)] == first
    after = emulator.seen[len(first) :]
    # One that was refused, what renews it, and the same once more.
    assert after.count(operation) == (2 if again else 1)
    assert len(after) == (again + 2 if again else 1)


def test_an_old_host_has_no_sessions(old_emulator: Emulator, kind: type[Client]) -> None:
    extra = old_emulator.extra(authentication="metadata", metadata_address=old_emulator.address)
    assert ask_as(kind, old_emulator.connection(login=None, password=None), extra)
    assert old_emulator.seen[:2] == [SESSION, KEYS]


def fetched(emulator: Emulator, request: Request[Any]) -> Any:
    """Ask the emulator with the keys that are there from the beginning."""
    given = Credentials(emulator.settings.access_key, emulator.settings.secret_key)
    sender = Sender(Target((emulator.address,), Signed(GivenKeys(given))))
    try:
        return sender.send(request)
    finally:
        sender.close()


def test_a_ready_token(emulator: Emulator, kind: type[Client]) -> None:
    settings = emulator.settings
    request = create_token(settings.user, settings.password, settings.domain, {"name": settings.region})
    extra = emulator.extra(authentication="token", token=fetched(emulator, request).value)
    assert ask_as(kind, emulator.connection(login=None), extra)
    assert LOOK in emulator.seen


def test_ready_temporary_keys(emulator: Emulator, kind: type[Client]) -> None:
    urn = emulator.directory.agencies.all()[0]["urn"]
    keys = fetched(emulator, assume_agency(urn, "test"))
    connection = emulator.connection(login=keys.access_key, password=keys.secret_key)
    assert ask_as(kind, connection, emulator.extra(security_token=keys.security_token))
    with pytest.raises(NotAuthenticated, match="x-security-token not found"):
        ask_as(kind, connection, emulator.extra())


def test_a_bad_key_is_never_locked(emulator: Emulator, kind: type[Client]) -> None:
    connection = emulator.connection(password="s3cret-but-wrong")
    target = target_of(connection, emulator.extra())
    gate = Gate(find_project_of(connection, emulator.extra()))
    texts = []
    for _ in range(10):
        with pytest.raises(NotAuthenticated) as caught:
            ask(kind, target, gate)
        assert caught.value.request_id
        texts.append(str(caught.value))
    assert emulator.seen == [LOOK]
    assert texts[0].startswith("The server answered 401: APIGW.0301")
    assert {text.partition(":")[0] for text in texts[1:]} == {"Not sent"}
    assert not [text for text in texts if "s3cret" in text]
    assert ask_as(kind, emulator.connection(), emulator.extra())


@pytest.mark.parametrize(("hours", "off"), [(-1.5, "90 minutes behind"), (2, "120 minutes ahead of")])
def test_a_clock_that_is_wrong(emulator: Emulator, kind: type[Client], hours: float, off: str) -> None:
    given = GivenKeys(Credentials(emulator.settings.access_key, emulator.settings.secret_key))
    authentication = Signed(given, lambda: time.time() + hours * 3600)
    target = replace(target_of(emulator.connection(), emulator.extra()), authentication=authentication)
    with pytest.raises(NotAuthenticated) as caught:
        ask(kind, target, Gate(find_project_of(emulator.connection(), emulator.extra())))
    assert str(caught.value).startswith(
        f"This machine's clock is {off} the server's; signatures are refused beyond 15 minutes: set the clock. "
        "The server answered 401: APIGW.0301: "
    )


def test_who_sees_no_project_is_told_what_to_do(emulator: Emulator, kind: type[Client]) -> None:
    with pytest.raises(Exception, match=r"no project of the name 'cn-north-4'.*project_id"):
        ask_as(kind, emulator.connection(), {**emulator.extra(iam_endpoint=emulator.address), "region": "cn-north-4"})
