"""Tokens over real connections: both senders fetch them once for many, and again after a refusal."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.credentials.sources import GivenKeys, PasswordToken
from airflow_provider_dli.dli.credentials.values import Credentials
from airflow_provider_dli.dli.credentials.ways import Signed, WithToken
from airflow_provider_dli.rest.asynchronous import AsyncSender
from airflow_provider_dli.rest.authentication import Authentication
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.errors import NotAuthenticated
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.sync import Sender
from airflow_provider_dli.rest.target import Target
from tests.rest.clients import Client, Triggerer, Worker
from tests.rest.server import Handler, Server, answer, serving


@DLI.endpoint("GET /v1.0/jobs/:number", Answer.json)
def job(number: int) -> Parts:
    return Parts([str(number)])


@DLI.endpoint("POST /v1.0/jobs/:number", Answer.json)
def change(number: int) -> Parts:
    return Parts([str(number)], json={"a": 1})


for each in (job, change):
    DLI.endpoints.remove(each)


class Cloud:
    """IAM and DLI at one address: accepts the token of this number, and later ones."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.accepts = 1
        self.issued = 0
        server.says(self.reply)

    def reply(self, handler: Handler) -> None:
        if handler.path.startswith("/v3/auth/tokens"):
            self.issued += 1
            body = json.dumps({"token": {"expires_at": "2999-01-01T00:00:00.000000Z"}}).encode()
            answer(201, body, X_Subject_Token=f"t{self.issued}")(handler)
        elif int(re.sub(r"\D", "", handler.headers["X-Auth-Token"] or "0")) >= self.accepts:
            answer(200, b"{}")(handler)
        else:
            answer(401, b'{"error_code":"APIGW.0301","error_msg":"no"}', X_Request_Id="r1")(handler)

    def target(self, authentication: Authentication | None = None) -> Target:
        source = PasswordToken(self.server.address, "me", "pa55-s3cret", "account", {"name": "cn-north-4"})
        return Target((self.server.address,), authentication or WithToken(source))

    def sent(self) -> list[str]:
        return [received.path for received in self.server.received if "jobs" in received.path]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with serving() as server:
        yield Cloud(server)


@pytest.fixture(params=[Worker, Triggerer], ids=["worker", "triggerer"])
def client(request: pytest.FixtureRequest, cloud: Cloud) -> Iterator[Client]:
    made = request.param(cloud.target())
    yield made
    made.close()


@pytest.mark.parametrize("operation", [job, change], ids=["GET", "POST"])
def test_a_refused_token_is_fetched_again_once(
    cloud: Cloud, client: Client, operation: Callable[[int], Request[object]]
) -> None:
    assert client.send(operation(1)) == {}
    cloud.accepts = 2
    assert client.send(operation(2)) == {}
    assert client.send(operation(3)) == {}
    assert cloud.sent() == [f"/v1.0/jobs/{number}" for number in (1, 2, 2, 3)]
    assert cloud.issued == 2


def test_what_is_not_healed_is_told_and_not_sent_again(cloud: Cloud, client: Client) -> None:
    cloud.accepts = 99
    with pytest.raises(NotAuthenticated, match=r"APIGW.0301: no .* request id r1\). Check the connection's login"):
        client.send(job(1))
    with pytest.raises(NotAuthenticated, match=r"Not sent: .*APIGW.0301"):
        client.send(job(2))
    assert len(cloud.sent()) == cloud.issued == 2


def test_fifty_waits_share_a_token(cloud: Cloud) -> None:
    async def run() -> list[object]:
        sender = AsyncSender(cloud.target())
        try:
            first = await asyncio.gather(*(sender.send(job(number)) for number in range(50)))
            cloud.accepts = 2
            return [*first, *await asyncio.gather(*(sender.send(job(number)) for number in range(50, 100)))]
        finally:
            await sender.close()

    assert asyncio.run(run()) == [{}] * 100
    assert cloud.issued == 2


def test_threads_share_a_token(cloud: Cloud) -> None:
    sender = Sender(cloud.target())
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda number: sender.send(job(number)), range(8))) == [{}] * 8
    sender.close()
    assert cloud.issued == 1


def test_what_goes_out_is_what_was_signed(cloud: Cloud) -> None:
    cloud.server.says(answer(200, b"{}"))
    sender = Sender(cloud.target(Signed(GivenKeys(Credentials("AK", "SK", "ST")))))
    sender.send(change(1))
    sender.close()
    (received,) = cloud.server.received
    signed = received.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    assert signed == ["content-type", "host", "x-sdk-date", "x-security-token"]
    assert set(signed) <= set(received.headers)
    assert received.headers["host"] == cloud.server.address.removeprefix("http://")
