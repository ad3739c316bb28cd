from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import islice
from typing import Any

import pytest

from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, Pause, ask, pause
from airflow_provider_dli.rest.patience import Patience, WaitTimedOut, patiently, within
from airflow_provider_dli.rest.request import Request
from tests.rest.clients import LOOK, RUN
from tests.rest.simulation import Simulation, failed, refused

STOP = replace(RUN, repeatable=True)


def ridden_out(simulation: Simulation, request: Request[Any], patience: Patience | None = None) -> Any:
    return simulation.run(patiently(ask(request), patience or Patience(), simulation.clock))


def test_pauses_grow_up_to_the_longest() -> None:
    assert list(islice(Patience(first=0.5, longest=3).pauses(), 5)) == [0.5, 1, 2, 3, 3]


class TestRidingOut:
    @pytest.mark.parametrize("request_", [LOOK, STOP], ids=["safe", "repeatable"])
    @pytest.mark.parametrize(
        "kind", [errors.NotReachable, errors.NoAnswer, errors.ConnectionLost, errors.UnexpectedAnswer]
    )
    def test_what_may_be_sent_twice_is_sent_again(self, request_: Request[Any], kind: type[RestError]) -> None:
        simulation = Simulation([failed(kind, request_), refused(503, request_), "well"])
        assert ridden_out(simulation, request_) == "well"
        assert simulation.sent == [request_] * 3

    @pytest.mark.parametrize("kind", [errors.NoAnswer, errors.ConnectionLost, errors.UnexpectedAnswer])
    def test_what_may_have_been_done_is_not_sent_again(self, kind: type[RestError]) -> None:
        simulation = Simulation([failed(kind, RUN), "well"])
        with pytest.raises(kind):
            ridden_out(simulation, RUN)
        assert simulation.sent == [RUN]

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_server_error_leaves_it_unclear(self, status: int) -> None:
        simulation = Simulation([refused(status, RUN), "well"])
        with pytest.raises(errors.ServerError):
            ridden_out(simulation, RUN)
        assert simulation.sent == [RUN]

    def test_what_never_arrived_is_sent_again(self) -> None:
        simulation = Simulation([failed(errors.NotReachable, RUN), refused(429, RUN), "well"])
        assert ridden_out(simulation, RUN) == "well"
        assert simulation.sent == [RUN] * 3

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413])
    def test_a_no_is_a_no(self, status: int) -> None:
        simulation = Simulation([refused(status, LOOK)])
        with pytest.raises(errors.Refused):
            ridden_out(simulation, LOOK)
        assert not simulation.pauses

    def test_distrust_is_not_ridden_out(self) -> None:
        simulation = Simulation([failed(errors.NotTrusted, LOOK)])
        with pytest.raises(errors.NotTrusted):
            ridden_out(simulation, LOOK)
        assert not simulation.pauses

    def test_at_the_end_of_its_grace_it_says_how_long_and_what_it_saw_last(self) -> None:
        simulation = Simulation([failed(errors.NotReachable, LOOK), refused(503, LOOK)])
        began = simulation.now
        with pytest.raises(errors.ServerError) as caught:
            ridden_out(simulation, LOOK, Patience(grace=30))
        assert simulation.now - began == 30
        assert str(caught.value) == (
            "The server answered 503: no (GET http://jobs:8081/jobs/overview). Gave up after 30 s of trying."
        )
        assert [step.seconds for step in simulation.pauses] == [0.5, 1, 2, 4, 8, 10, 4.5]

    def test_a_grace_of_nothing_is_one_try(self) -> None:
        simulation = Simulation([failed(errors.NotReachable, LOOK)])
        with pytest.raises(errors.NotReachable, match=r"overview\)\. Check"):
            ridden_out(simulation, LOOK, Patience(grace=0))
        assert len(simulation.sent) == 1

    def test_each_request_has_a_grace_of_its_own(self) -> None:
        down = [failed(errors.NotReachable, LOOK)] * 5
        simulation = Simulation([*down, 1, *down, 2, *down, 3])

        def three() -> Flow[tuple[int, int, int]]:
            return (yield from ask(LOOK)), (yield from ask(LOOK)), (yield from ask(LOOK))

        assert simulation.run(patiently(three(), Patience(grace=20), simulation.clock)) == (1, 2, 3)

    def test_each_pause_says_why(self) -> None:
        simulation = Simulation([refused(503, LOOK), "well"])
        ridden_out(simulation, LOOK)
        assert simulation.pauses == [Pause(0.5, "trying again: The server answered 503: no", exact=True)]

    def test_a_flow_sees_only_what_remained(self) -> None:
        def catching() -> Flow[str]:
            try:
                yield from ask(LOOK)
            except errors.NotReachable as error:
                return f"caught after {error.waited:.0f} s"
            return "not reached"

        simulation = Simulation([failed(errors.NotReachable, LOOK)])
        assert simulation.run(patiently(catching(), Patience(grace=10), simulation.clock)) == "caught after 10 s"

    @pytest.mark.parametrize("grace", [30, 0])
    def test_what_the_flow_itself_saw_last_is_told_once(self, grace: float) -> None:
        simulation = Simulation([None, None, failed(errors.NotReachable, LOOK)])
        with pytest.raises(errors.NotReachable) as caught:
            simulation.run(patiently(polling(), Patience(grace=grace), simulation.clock))
        patience = " Gave up after 30 s of trying." if grace else ""
        told = f"Something broke (GET http://jobs:8081/jobs/overview).{patience} Last seen: still nothing. Check the"
        assert str(caught.value).startswith(told)
        assert caught.value.seeing == "still nothing"

    def test_a_no_is_no_hiccup_and_tells_only_of_itself(self) -> None:
        simulation = Simulation([None, refused(403, LOOK)])
        with pytest.raises(errors.Forbidden) as caught:
            simulation.run(patiently(polling(), Patience(), simulation.clock))
        assert "Last seen" not in str(caught.value)

    def test_a_flow_that_has_seen_nothing_yet_tells_of_nothing(self) -> None:
        simulation = Simulation([failed(errors.NotReachable, LOOK)])
        with pytest.raises(errors.NotReachable) as caught:
            ridden_out(simulation, LOOK)
        assert "Last seen" not in str(caught.value)

    def test_what_is_no_request_passes(self) -> None:
        simulation = Simulation([])
        simulation.run(patiently(pause(7, "RUNNING"), Patience(), simulation.clock))
        assert simulation.pauses == [Pause(7, "RUNNING")]


NOW = Simulation([]).now


def date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(NOW + seconds, timezone.utc), usegmt=True)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("wish", "pause_"),
        [
            ("7", 7),
            ("0", 0.5),
            (date(12), 12),
            (date(12).replace("GMT", "-0000"), 12),
            (date(-100), 0.5),
            ("soon", 0.5),
            ("²", 0.5),
            ("-5", 0.5),
            ("1.5", 0.5),
            ("", 0.5),
        ],
    )
    def test_is_honoured_where_it_can_be_read(self, wish: str, pause_: float) -> None:
        simulation = Simulation([refused(429, RUN, **{"retry-after": wish, "date": date(0)}), "well"])
        assert ridden_out(simulation, RUN) == "well"
        assert [step.seconds for step in simulation.pauses] == [pause_]

    @pytest.mark.parametrize("wish", ["61", "9" * 400, date(3600)])
    def test_beyond_the_grace_leaves_one_attempt_at_its_end(self, wish: str) -> None:
        simulation = Simulation([refused(503, LOOK, **{"retry-after": wish, "date": date(0)})])
        with pytest.raises(errors.ServerError):
            ridden_out(simulation, LOOK)
        assert [step.seconds for step in simulation.pauses] == [60]
        assert len(simulation.sent) == 2

    def test_a_date_counts_by_the_clock_of_the_server(self) -> None:
        """Where it sends no date of its own, the wall clock has to do."""
        wish = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=20), usegmt=True)
        simulation = Simulation([refused(503, LOOK, **{"retry-after": wish}), "well"])
        ridden_out(simulation, LOOK)
        assert [step.seconds for step in simulation.pauses] == [pytest.approx(20, abs=5)]


def polling(seconds: float = 10) -> Flow[str]:
    """Look until there is something to see."""
    while not (seen := (yield from ask(LOOK))):
        yield from pause(seconds, "still nothing")
    return str(seen)


class TestWithin:
    def test_looks_a_last_time_at_the_deadline(self) -> None:
        simulation = Simulation([None])
        with pytest.raises(WaitTimedOut, match=r"^Timed out after 25 s\. Last seen: still nothing\.$"):
            simulation.run(within(polling(), simulation.now + 25, simulation.clock))
        assert [(step.seconds, step.exact) for step in simulation.pauses] == [(10, False), (10, False), (5, True)]
        assert len(simulation.sent) == 4

    def test_what_is_seen_in_the_last_look_counts(self) -> None:
        simulation = Simulation([None, None, None, "there"])
        assert simulation.run(within(polling(), simulation.now + 25, simulation.clock)) == "there"

    def test_a_deadline_in_the_past_leaves_one_look(self) -> None:
        simulation = Simulation([None])
        with pytest.raises(WaitTimedOut):
            simulation.run(within(polling(), simulation.now - 1, simulation.clock))
        assert (len(simulation.sent), simulation.pauses) == (1, [])

    @pytest.mark.parametrize(("seconds", "is_cut"), [(9, False), (10, False), (11, True)])
    def test_a_pause_that_must_be_whole_is_not_begun_where_it_would_be_cut(self, seconds: float, is_cut: bool) -> None:
        def checking() -> Flow[str]:
            yield Pause(seconds, "checking", exact=True, whole=True)
            return "checked"

        simulation = Simulation([])
        flow = within(checking(), simulation.now + 10, simulation.clock)
        if is_cut:
            with pytest.raises(WaitTimedOut, match="checking"):
                simulation.run(flow)
            assert simulation.pauses == []
        else:
            assert simulation.run(flow) == "checked"
            assert [step.seconds for step in simulation.pauses] == [seconds]

    def test_without_a_deadline_nothing_changes(self) -> None:
        flow = polling()
        assert within(flow, None) is flow

    def test_a_flow_may_catch_it(self) -> None:
        def catching() -> Flow[str]:
            try:
                return (yield from polling())
            except WaitTimedOut as error:
                return f"{(yield from ask(RUN))} after {error.seconds:.0f} s of {error.seeing}"

        simulation = Simulation([None, None, None, "stopped"])
        assert simulation.run(within(catching(), simulation.now + 15, simulation.clock)) == (
            "stopped after 15 s of still nothing"
        )

    def test_cuts_short_what_is_being_ridden_out(self) -> None:
        simulation = Simulation([refused(503, LOOK)])
        flow = within(patiently(polling(), Patience(grace=600), simulation.clock), simulation.now + 9, simulation.clock)
        with pytest.raises(WaitTimedOut, match="Last seen: trying again: The server answered 503: no"):
            simulation.run(flow)
        assert sum(step.seconds for step in simulation.pauses) == pytest.approx(9)

    def test_the_nearer_of_two_deadlines_counts(self) -> None:
        simulation = Simulation([None])
        inner = within(polling(), simulation.now + 40, simulation.clock)
        with pytest.raises(WaitTimedOut, match="after 12 s"):
            simulation.run(within(inner, simulation.now + 12, simulation.clock))


@pytest.mark.parametrize("last", ["there", failed(errors.NotReachable, LOOK), KeyError("bug"), None], ids=repr)
def test_a_wrapped_flow_is_closed_however_it_ends(last: object) -> None:
    closed: list[bool] = []

    def watched() -> Flow[str]:
        try:
            return (yield from polling())
        finally:
            closed.append(True)

    simulation = Simulation([None, last])
    flow: Flow[str] = within(patiently(watched(), Patience(), simulation.clock), simulation.now + 100, simulation.clock)
    with suppress(RestError, KeyError, WaitTimedOut):
        simulation.run(flow)
    assert closed == [True]
