from __future__ import annotations

from airflow_provider_dli.rest.errors import NotReachable
from airflow_provider_dli.rest.flow import Flow, ask, pause, remark
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target
from tests.rest.clients import LOOK, RUN
from tests.rest.server import Handler, Server, answer


def watch() -> Flow[int]:
    looks = 0
    yield from remark("Watching.")
    while not (yield from ask(LOOK)):
        looks += 1
        yield from pause(10, "no job yet")
    return looks


def test_a_flow_is_driven_to_its_end(server: Server) -> None:
    told: list[str] = []
    naps: list[float] = []
    server.says(answer(), answer(), answer(body=b'{"jobs":[1]}'))
    assert Driver(Sender(Target((server.address,))), told.append, naps.append).run(watch()) == 2
    assert told == ["Watching.", "no job yet"]
    assert naps == [10, 10]
    assert len(server.received) == 3


def test_a_hiccup_is_ridden_out_and_told_once(server: Server) -> None:
    told: list[str] = []
    server.says(answer(503, b"electing"), answer(503, b"electing"), answer(body=b'{"jobs":[1]}'))
    driver = Driver(Sender(Target((server.address,))), told.append, lambda seconds: None)
    assert driver.run(patiently(ask(LOOK), Patience())) == [1]
    assert told == ["trying again: The server answered 503: electing"]


def test_an_error_is_raised_where_the_flow_stands(dead: str) -> None:
    def careful() -> Flow[str]:
        try:
            yield from ask(RUN)
        except NotReachable:
            return "caught"
        return "not reached"

    assert Driver(Sender(Target((dead,))), print).run(careful()) == "caught"


def test_a_connection_is_kept_open_from_request_to_request(server: Server) -> None:
    ports: list[int] = []

    def note(handler: Handler) -> None:
        ports.append(handler.client_address[1])
        answer()(handler)

    server.says(note)
    sender = Sender(Target((server.address,)))
    for _ in range(3):
        sender.send(LOOK)
    sender.close()
    assert len(ports) == 3
    assert len(set(ports)) == 1
