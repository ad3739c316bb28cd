"""The network between tasks and a simulated cluster, with the harm that it does to requests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from airflow_provider_dli.rest.errors import ConnectionLost, NoAnswer, NotReachable
from airflow_provider_dli.rest.request import Answer
from tests.model.fake_flink import FakeFlink, Reply
from tests.model.fake_gateway import ADDRESS, FakeGateway
from tests.model.kernel import Actor, World, current

LAG = 0.02
#: What may happen to one request.
FAULTS = (
    "lost",  # it never arrives, and the connection breaks
    "no answer",  # it is carried out, and the connection breaks
    "twice",  # a proxy carries it out twice
    "late",  # it stays in a proxy, and is carried out after the client has given up
    "gateway after",  # it is carried out, and the gateway answers 504
    "kill before",  # kill -9 of the process before it is sent
    "kill after",  # kill -9 of the process when it was carried out
    "suspend",  # the process is suspended right before it sends, and sends when it wakes
)
#: Statuses with which a gateway answers by itself.
GATEWAY = (302, 401, 403, 404, 408, 502, 503)
_HTML = b"<html><body>Please wait</body></html>"


@dataclass
class Fault:
    """Harm to one request.

    :param kind: one of :data:`FAULTS`.
    :param owner: whose request.
    :param changes: whether it must be one that changes something.
    :param seconds: how long, for those that take time.
    """

    kind: str
    owner: Any
    changes: bool = True
    seconds: float = 60.0
    skip: int = 0


@dataclass
class Wire:
    """The way to one cluster."""

    world: World
    flink: FakeFlink
    faults: list[Fault] = field(default_factory=list)
    outages: list[tuple[float, float, int]] = field(default_factory=list)
    sent: list[tuple[float, Any, str, str]] = field(default_factory=list)
    #: The processes that have got a response of the cluster's own: their credentials were accepted.
    accepted: list[Any] = field(default_factory=list)
    done: list[tuple[float, Fault, str]] = field(default_factory=list)
    after_harm: Any = None

    def __post_init__(self) -> None:
        self.gateway = FakeGateway(self.flink)

    def outage(self, seconds: float, status: int) -> None:
        """Let the gateway answer by itself for a while."""
        self.outages.append((self.world.now, self.world.now + seconds, status))

    def transmit(self, outgoing: Any, timeouts: tuple[float, float]) -> Answer:
        """Send a request for the process that runs now."""
        actor = current()
        assert actor, "Only a process sends requests."
        actor.check()
        fault = self._fault(actor, outgoing.request)
        if fault and fault.kind == "kill before":
            self._kill(actor, fault)
        if fault and fault.kind == "suspend":
            actor.suspend(fault.seconds)
        actor.wait(LAG)
        status = self._gateway()
        if status:
            actor.wait(LAG)
            return _page(status)
        if self.flink.is_down and outgoing.address != ADDRESS:
            raise NotReachable("No connection: Connection refused", outgoing.request, outgoing.address)
        return self._carry_out(actor, fault, outgoing, timeouts[1])

    def _carry_out(self, actor: Actor, fault: Fault | None, outgoing: Any, timeout: float) -> Answer:
        kind = fault.kind if fault else ""
        request = outgoing.request
        if kind == "lost":
            actor.wait(LAG)
            raise ConnectionLost("The connection broke before the answer was whole", request, outgoing.address)
        if kind == "late":
            assert fault
            self.world.after(timeout + fault.seconds, lambda: self._perform(actor, outgoing))
            actor.wait(timeout)
            raise NoAnswer(f"No answer within {timeout:g} s", request, outgoing.address)
        if kind == "twice":
            self._perform(actor, outgoing)
        reply = self._perform(actor, outgoing)
        if fault and kind == "kill after":
            self._kill(actor, fault)
        self._await(actor, reply, timeout)
        if kind == "gateway after":
            return _page(504)
        if reply.status is None:
            raise NoAnswer(f"No answer within {timeout:g} s", request, outgoing.address)
        if kind == "no answer" or reply.status == 0:
            raise ConnectionLost("The connection broke before the answer was whole", request, outgoing.address)
        return self._answered(actor, reply)

    def _answered(self, actor: Actor, reply: Reply) -> Answer:
        if (reply.status or 0) < 400 and not any(one is actor for one in self.accepted[-20:]):
            self.accepted.append(actor)
        return _answer(reply)

    def _await(self, actor: Actor, reply: Reply, timeout: float) -> None:
        if reply.status is None:
            reply.notify = lambda: actor.ring(reply.token)
            actor.wait(timeout, reply.token)
        actor.wait(LAG)

    def _perform(self, actor: Actor, outgoing: Any) -> Reply:
        request = outgoing.request
        self.sent.append((self.world.now, actor, request.method, request.path))
        if outgoing.address == ADDRESS:
            self.gateway.by = actor
            query = f"?{urlencode(request.query)}" if request.query else ""
            answer = self.gateway.answer(request.method, request.path + query, request.json or b"")
            return Reply(answer.status, answer.json())
        body = json.loads(request.json) if request.json else None
        return self.flink.perform(actor, request.method, request.path, dict(request.query), body, request.files)

    def _kill(self, actor: Actor, fault: Fault) -> None:
        if self.after_harm:
            self.after_harm(actor, fault)
        actor.dead = True
        actor.check()

    def _gateway(self) -> int | None:
        now = self.world.now
        return next((status for start, end, status in self.outages if start <= now < end), None)

    def _fault(self, actor: Actor, request: Any) -> Fault | None:
        for fault in self.faults:
            if fault.owner is actor.owner and (not fault.changes or not request.safe):
                if fault.skip > 0:
                    fault.skip -= 1
                    return None
                self.faults.remove(fault)
                self.done.append((self.world.now, fault, f"{request.method} {request.path}"))
                return fault
        return None


def _page(status: int) -> Answer:
    headers = {"content-type": "text/html"}
    if status == 302:
        headers["location"] = "https://login.example.com/"
    return Answer(status, headers, _HTML)


def _answer(reply: Reply) -> Answer:
    if reply.run:
        reply.run.answered = True
    if isinstance(reply.body, str):
        return Answer(reply.status or 0, {"content-type": "text/plain"}, reply.body.encode())
    return Answer(reply.status or 0, {"content-type": "application/json"}, json.dumps(reply.body).encode())
