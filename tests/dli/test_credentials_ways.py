"""How requests are proved, and what happens when the proof is not accepted."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, ClassVar

import pytest

from airflow_provider_dli.dli.credentials.caution import REST
from airflow_provider_dli.dli.credentials.keeper import PAUSE
from airflow_provider_dli.dli.credentials.sources import GivenKeys, GivenToken
from airflow_provider_dli.dli.credentials.values import Credentials, Token
from airflow_provider_dli.dli.credentials.ways import PROJECT_OF_TOKEN, TOLERANCE, Signed, WithToken
from airflow_provider_dli.rest.authentication import Wire
from airflow_provider_dli.rest.errors import ConnectionLost, NotAuthenticated, NotReachable, RestError, refusal
from airflow_provider_dli.rest.outgoing import Outgoing, prepare
from airflow_provider_dli.rest.request import Answer
from tests.dli.cloud import ADDRESS, FINE, LOOK, LOOKING, START, Cloud, date, refused

FETCH = prepare(LOOK, "https://iam.example.com", {})
KEYS = GivenKeys(Credentials("AK", "s3cret", "s3curity-token"))


@dataclass
class Tokens:
    """A source of tokens: each lives as long as it is told, and each fetch is one request."""

    advice: ClassVar[str] = "Check the source."
    renews: ClassVar[bool] = True
    cloud: Cloud
    life: float | None = 1000.0
    fetched: list[Token] = field(default_factory=list)

    def fetch(self) -> Wire[Token]:
        yield FETCH
        expires = None if self.life is None else self.cloud.now + self.life
        self.fetched.append(Token(f"t{len(self.fetched) + 1}", expires))
        return self.fetched[-1]


def sent_to_dli(cloud: Cloud) -> list[str | None]:
    """The tokens that DLI was shown."""
    return [each.headers.get("X-Auth-Token") for each in cloud.sent if each.address == ADDRESS]


def test_keys_sign() -> None:
    cloud = Cloud([FINE])
    assert cloud.send(Signed(KEYS, cloud.clock, cloud.clock)) is FINE
    (headers,) = [outgoing.headers for outgoing in cloud.sent]
    assert headers["X-Security-Token"] == "s3curity-token"
    assert headers["X-Sdk-Date"] == "20270115T080000Z"
    assert headers["Authorization"].startswith(
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date;x-security-token, "
    )


def test_permanent_keys_carry_no_security_token() -> None:
    cloud = Cloud([FINE])
    cloud.send(Signed(GivenKeys(Credentials("AK", "SK")), cloud.clock, cloud.clock))
    assert cloud.header("X-Security-Token") == [None]


def test_a_token_goes_along() -> None:
    cloud = Cloud([FINE])
    cloud.send(WithToken(GivenToken(Token("t0ken")), cloud.clock, cloud.clock))
    assert cloud.header("X-Auth-Token") == ["t0ken"]


def test_nothing_shows_a_secret() -> None:
    cloud = Cloud([refused()])
    signed, with_token = (
        Signed(KEYS, cloud.clock, cloud.clock),
        WithToken(GivenToken(Token("t0ken")), cloud.clock, cloud.clock),
    )
    shown = [KEYS, KEYS.credentials, Token("t0ken"), signed, with_token]
    for way in (signed, with_token):
        for _ in range(2):
            with pytest.raises(NotAuthenticated) as caught:
                cloud.send(way)
            shown.append(caught.value)
    assert not {
        secret for secret in ("s3cret", "s3curity-token", "t0ken") if secret in f"{shown!r}{list(map(str, shown))}"
    }


@pytest.mark.parametrize(("life", "lead"), [(86400, 300), (1500, 300), (1000, 200), (900, 180), (100, 20)])
def test_they_are_fetched_again_before_they_end(life: float, lead: float) -> None:
    cloud = Cloud([FINE])
    way = WithToken(Tokens(cloud, life), cloud.clock, cloud.clock)
    cloud.send(way)
    cloud.now = START + life - lead - 1
    cloud.send(way)
    cloud.now = START + life - lead + 1
    cloud.send(way)
    assert sent_to_dli(cloud) == ["t1", "t1", "t2"]


def test_what_never_ends_is_fetched_once() -> None:
    cloud = Cloud([FINE])
    way = WithToken(Tokens(cloud, None), cloud.clock, cloud.clock)
    for _ in range(3):
        cloud.send(way)
        cloud.now += 1e9
    assert sent_to_dli(cloud) == ["t1"] * 3


def test_what_has_ended_by_our_clock_when_it_comes_is_used_for_a_moment() -> None:
    cloud = Cloud([FINE])
    way = WithToken(Tokens(cloud, -60), cloud.clock, cloud.clock)
    cloud.send(way)
    cloud.send(way)
    cloud.now += PAUSE
    cloud.send(way)
    assert sent_to_dli(cloud) == ["t1", "t1", "t2"]


def test_what_is_still_good_is_used_while_its_source_is_down() -> None:
    down = NotReachable("No connection", LOOK, "https://iam.example.com")
    cloud = Cloud([FINE, FINE, down, FINE, FINE, down, FINE, FINE, FINE])
    way = WithToken(Tokens(cloud), cloud.clock, cloud.clock)
    cloud.send(way)
    cloud.now = START + 801
    cloud.send(way)
    cloud.send(way)
    cloud.now += PAUSE
    cloud.send(way)
    cloud.now += PAUSE
    cloud.send(way)
    assert sent_to_dli(cloud) == ["t1", "t1", "t1", "t1", "t2"]
    assert len(cloud.sent) == 5 + 4


def test_what_has_ended_is_not_used_while_its_source_is_down() -> None:
    down = NotReachable("No connection", LOOK, "https://iam.example.com")
    cloud = Cloud([FINE, FINE, down])
    way = WithToken(Tokens(cloud), cloud.clock, cloud.clock)
    cloud.send(way)
    cloud.now = START + 1001
    with pytest.raises(NotReachable) as caught:
        cloud.send(way)
    assert str(caught.value) == "No connection (GET https://iam.example.com/v1.0/look). Check the source."
    assert sent_to_dli(cloud) == ["t1"]


def test_a_fetch_that_failed_leaves_no_doubt_about_the_request_that_needed_it() -> None:
    cloud = Cloud([ConnectionLost("It broke", LOOK, "https://iam.example.com")])
    with pytest.raises(ConnectionLost) as caught:
        cloud.send(WithToken(Tokens(cloud), cloud.clock, cloud.clock))
    assert not caught.value.unclear
    assert caught.value.could_help


@pytest.mark.parametrize(
    "refusal", [refused(), refused("DLI.0013", 400), refused("DLI.0014", 400), refused("DLI.0015", 400),
                refused("DLI.0016", 400)],
    ids=lambda each: f"{each.status} {each.text[16:24]}",
)  # fmt: skip
def test_after_a_refusal_they_are_fetched_again_once(refusal: Answer) -> None:
    cloud = Cloud([FINE, refusal, FINE])
    way = WithToken(Tokens(cloud), cloud.clock, cloud.clock)
    assert cloud.send(way) is FINE
    cloud.send(way)
    assert sent_to_dli(cloud) == ["t1", "t2", "t2"]


@pytest.mark.parametrize(
    "other", [refused("DLI.0001", 400), refused("APIGW.0101", 404), Answer(403, {}, b""), Answer(500, {}, b""),
              Answer(401, {}, b"<html>"), Answer(401, {}, b"")]
)  # fmt: skip
def test_other_refusals_are_none_of_its_business(other: Answer) -> None:
    cloud = Cloud([FINE, other])
    assert cloud.send(WithToken(Tokens(cloud), cloud.clock, cloud.clock)) is other
    assert len(cloud.sent) == 2


def fault(cloud: Cloud, way: Any) -> NotAuthenticated:
    with pytest.raises(NotAuthenticated) as caught:
        cloud.send(way)
    return caught.value


def test_what_renewing_does_not_heal_is_not_shown_again_for_a_while() -> None:
    cloud = Cloud([FINE, refused(x_request_id="r1"), FINE, refused(**{"x-request-id": "r1"})])
    way = WithToken(Tokens(cloud), cloud.clock, cloud.clock)
    error = fault(cloud, way)
    said = "The server answered 401: APIGW.0301: Incorrect IAM authentication information"
    assert str(error) == f"{said} (GET {ADDRESS}/v1.0/look, request id r1). Check the source."
    assert not error.could_help
    assert sent_to_dli(cloud) == ["t1", "t2"]

    cloud.now += 100
    error = fault(cloud, way)
    assert len(cloud.sent) == 4
    assert str(error) == (
        "Not sent: the connection's credentials were refused, and refusals in a row lock a key or a user; the next try "
        f"is possible in {REST - 100:.0f} s. What was said to the last one: {said} (GET {ADDRESS}/v1.0/look, "
        "request id r1). Check the source."
    )

    cloud.now += REST
    cloud.replies = [FINE]
    assert cloud.send(way) is FINE
    assert cloud.send(way) is FINE


def test_a_poll_loop_does_not_burn_a_key() -> None:
    cloud = Cloud([refused()])
    way = Signed(KEYS, cloud.clock, cloud.clock)
    for _ in range(60):
        fault(cloud, way)
        cloud.now += 10
    assert len(cloud.sent) == 2


@pytest.mark.parametrize("code", ["DLI.0013", "DLI.0016"])
def test_what_dli_has_against_one_operation_stops_no_others(code: str) -> None:
    role = prepare(LOOK, f"{ADDRESS}/role", {})
    cloud = Cloud([lambda outgoing: refused(code, 400) if outgoing.address == role.address else FINE])
    source = Tokens(cloud)
    way = WithToken(source, cloud.clock, cloud.clock)
    assert cloud.send(way) is FINE
    with pytest.raises(NotAuthenticated, match=f"The server answered 400: {code}"):
        cloud.send(way, role)
    assert cloud.send(way) is FINE
    assert len(source.fetched) == 2


@pytest.mark.parametrize("code", ["DLI.0013", "APIGW.0301"])
def test_what_was_never_accepted_is_not_shown_again_for_a_while(code: str) -> None:
    cloud = Cloud([refused(code, 400 if code.startswith("DLI") else 401)])
    way = Signed(KEYS, cloud.clock, cloud.clock)
    for _ in range(3):
        fault(cloud, way)
    assert len(cloud.sent) == 1


def test_a_key_that_was_accepted_and_is_not_any_more() -> None:
    cloud = Cloud([FINE, refused()])
    way = Signed(KEYS, cloud.clock, cloud.clock)
    assert cloud.send(way) is FINE
    for _ in range(3):
        fault(cloud, way)
    assert len(cloud.sent) == 2


def test_where_nothing_can_be_renewed_nothing_is_sent_twice() -> None:
    cloud = Cloud([refused(), FINE])
    error = fault(cloud, Signed(KEYS, cloud.clock, cloud.clock))
    assert len(cloud.sent) == 1
    assert str(error).endswith("need their security_token as well, and end.")


def test_a_password_that_is_refused_is_not_sent_again_for_a_while() -> None:
    wrong = refusal(LOOK, ADDRESS, refused())
    cloud = Cloud([wrong])
    way = WithToken(Tokens(cloud), cloud.clock, cloud.clock)
    assert fault(cloud, way) is wrong
    assert str(fault(cloud, way)).startswith("Not sent: ")
    assert len(cloud.sent) == 1


def test_a_password_that_is_refused_while_its_token_is_good_is_left_until_that_ends() -> None:
    cloud = Cloud([FINE, FINE, refusal(LOOK, ADDRESS, refused()), FINE])
    way = WithToken(Tokens(cloud), cloud.clock, cloud.clock)
    for seconds in (0, 801, 900, 999):
        cloud.now = START + seconds
        assert cloud.send(way) is FINE
    assert sent_to_dli(cloud) == ["t1"] * 4
    assert len(cloud.sent) == 6


@pytest.mark.parametrize(
    ("minutes", "off"),
    [(-61, "61 minutes behind"), (16, "16 minutes ahead of"), (14, ""), (-14, "")],
)
def test_a_clock_that_is_wrong_is_told_first(minutes: int, off: str) -> None:
    told = f"This machine's clock is {off} the server's; signatures are refused beyond 15 minutes: set the clock. "
    cloud = Cloud([refused(date=date(START - 60 * minutes))])
    text = str(fault(cloud, Signed(KEYS, cloud.clock, cloud.clock)))
    assert text.startswith(f"{told if off else ''}The server answered 401: APIGW.0301")
    assert ("Check the connection's login" in text) is not bool(off)


@pytest.mark.parametrize("told", ["", "soon", "Thu, 99 Jan 2027 08:00:00 GMT"])
def test_a_server_that_does_not_tell_its_time(told: str) -> None:
    cloud = Cloud([refused(date=told)])
    assert fault(cloud, Signed(KEYS, cloud.clock, cloud.clock)).what.startswith("The server answered 401")


def test_a_token_does_not_care_for_the_clock() -> None:
    cloud = Cloud([refused(date=date(START - 7200))])
    assert fault(cloud, WithToken(GivenToken(Token("t")), cloud.clock, cloud.clock)).what.startswith(
        "The server answered 401"
    )


def test_the_project_of_a_token_is_told_without_sending_anything() -> None:
    cloud = Cloud([FINE])
    way = WithToken(GivenToken(Token("t", project_id="p1")), cloud.clock, cloud.clock)
    assert cloud.send(way, prepare(PROJECT_OF_TOKEN, ADDRESS, {})).json() == "p1"
    assert not cloud.sent


# Many at once.


async def fifty(cloud: Cloud, way: Any) -> list[Any]:
    return await asyncio.gather(*(cloud.send_async(way) for _ in range(50)), return_exceptions=True)


def all_at_once(cloud: Cloud, way: Any) -> list[Any]:
    return asyncio.run(fifty(cloud, way))


def test_fifty_tasks_cost_one_fetch() -> None:
    cloud = Cloud([FINE])
    source = Tokens(cloud)
    way = WithToken(source, cloud.clock, cloud.clock)

    async def run() -> None:
        assert await fifty(cloud, way) == [FINE] * 50
        cloud.now = START + 801
        assert await fifty(cloud, way) == [FINE] * 50

    asyncio.run(run())
    assert len(source.fetched) == 2
    assert sent_to_dli(cloud) == ["t1"] * 50 + ["t2"] * 50


def test_fifty_tasks_whose_token_is_refused_cost_one_fetch() -> None:
    cloud = Cloud([lambda outgoing: refused() if outgoing.headers.get("X-Auth-Token") == "t1" else FINE])
    source = Tokens(cloud)
    way = WithToken(source, cloud.clock, cloud.clock)
    assert all_at_once(cloud, way) == [FINE] * 50
    assert len(source.fetched) == 2
    assert sent_to_dli(cloud) == ["t1"] + ["t2"] * 50


def test_fifty_tasks_show_a_bad_key_once() -> None:
    cloud = Cloud([refused()])
    errors = all_at_once(cloud, Signed(KEYS, cloud.clock, cloud.clock))
    assert {type(error) for error in errors} == {NotAuthenticated}
    assert len(cloud.sent) == 1


def test_fifty_tasks_show_a_bad_password_once() -> None:
    cloud = Cloud([refusal(LOOK, ADDRESS, refused())])
    errors = all_at_once(cloud, WithToken(Tokens(cloud), cloud.clock, cloud.clock))
    assert {type(error) for error in errors} == {NotAuthenticated}
    assert len(cloud.sent) == 1


def test_fifty_tasks_that_nothing_heals() -> None:
    cloud = Cloud([lambda outgoing: FINE if outgoing is FETCH else refused()])
    source = Tokens(cloud)
    errors = all_at_once(cloud, WithToken(source, cloud.clock, cloud.clock))
    assert {type(error) for error in errors} == {NotAuthenticated}
    assert sent_to_dli(cloud) == ["t1", "t2"]


def test_fifty_tasks_do_not_wait_one_after_the_other_for_a_server_that_is_down() -> None:
    cloud = Cloud([ConnectionLost("It broke", LOOK, ADDRESS)])
    errors = all_at_once(cloud, Signed(KEYS, cloud.clock, cloud.clock))
    assert {type(error) for error in errors} == {ConnectionLost}
    assert len(cloud.sent) == 50


def test_a_task_that_is_cancelled_while_it_fetches_leaves_the_others_their_turn() -> None:
    cloud = Cloud([FINE])
    source = Tokens(cloud)
    way = WithToken(source, cloud.clock, cloud.clock)

    async def run() -> list[Any]:
        first, *others = [asyncio.create_task(cloud.send_async(way)) for _ in range(5)]
        await asyncio.sleep(0)
        first.cancel()
        return await asyncio.gather(first, *others, return_exceptions=True)

    cancelled, *answers = asyncio.run(run())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert answers == [FINE] * 4
    assert len(source.fetched) == 1


def test_threads_cost_one_fetch() -> None:
    barrier = threading.Barrier(8)
    cloud = Cloud([FINE])
    source = Tokens(cloud)
    way = WithToken(source, cloud.clock, cloud.clock)

    def send() -> Answer:
        barrier.wait(10)
        return cloud.send(way)

    with ThreadPoolExecutor(8) as pool:
        answers = [each.result(10) for each in [pool.submit(send) for _ in range(8)]]
    assert answers == [FINE] * 8
    assert len(source.fetched) == 1


def test_threads_show_a_bad_key_once() -> None:
    barrier = threading.Barrier(8)
    cloud = Cloud([refused()])
    way = Signed(KEYS, cloud.clock, cloud.clock)

    def send() -> RestError:
        barrier.wait(10)
        return fault(cloud, way)

    with ThreadPoolExecutor(8) as pool:
        assert len([each.result(10) for each in [pool.submit(send) for _ in range(8)]]) == 8
    assert len(cloud.sent) == 1


def test_a_kill_in_the_middle_of_a_fetch_is_served() -> None:
    killed: list[Answer] = []

    def kill(_: Outgoing) -> Answer:
        killed.append(cloud.send(way))
        return FINE

    cloud = Cloud([kill, FINE])
    way = WithToken(Tokens(cloud), cloud.clock, cloud.clock)
    assert cloud.send(way, LOOKING) is FINE
    assert killed == [FINE]


@pytest.mark.parametrize("jump", [7200.0, -7200.0])
def test_a_wall_clock_that_is_set_changes_nothing_but_signatures(jump: float) -> None:
    """A token lives as long as it did, and what was refused rests as long as it did."""
    cloud = Cloud([FINE])
    shift = [0.0]
    way = WithToken(Tokens(cloud), lambda: cloud.now + shift[0], cloud.clock)
    cloud.send(way)
    shift[0] = jump
    cloud.now = START + 790
    cloud.send(way)
    assert sent_to_dli(cloud) == ["t1", "t1"]
    cloud.now = START + 801
    cloud.send(way)
    assert sent_to_dli(cloud) == ["t1", "t1", "t2"]


@pytest.mark.parametrize("jump", [7200.0, -7200.0])
def test_a_wall_clock_that_is_set_neither_shortens_nor_prolongs_the_rest(jump: float) -> None:
    cloud = Cloud([refused()])
    shift = [0.0]
    way = Signed(KEYS, lambda: cloud.now + shift[0], cloud.clock)
    fault(cloud, way)
    shift[0] = jump
    cloud.now += REST - 1
    assert str(fault(cloud, way)).startswith("Not sent: ")
    cloud.now += 2
    cloud.replies = [FINE]
    assert cloud.send(way) is FINE


@pytest.mark.parametrize("jump", [7200.0, -7200.0])
def test_a_wall_clock_that_is_set_while_keys_are_accepted_leaves_signatures_good(jump: float) -> None:
    """Also when it is set back later. A clock that was wrong from the start is an error, which says so."""
    shift = [0.0]

    def gateway(outgoing: Outgoing) -> Answer:
        signed = datetime.strptime(outgoing.headers["X-Sdk-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        is_good = abs(signed.timestamp() - cloud.now) < TOLERANCE
        return FINE if is_good else refused(date=date(cloud.now))

    cloud = Cloud([gateway])
    way = Signed(KEYS, lambda: cloud.now + shift[0], cloud.clock)
    for shift[0], sent in ((0.0, 1), (jump, 3), (jump, 4), (0.0, 6), (0.0, 7)):
        assert cloud.send(way) is FINE
        assert len(cloud.sent) == sent
    shift[0] = jump
    with pytest.raises(NotAuthenticated, match="This machine's clock is 120 minutes"):
        cloud.send(Signed(KEYS, lambda: cloud.now + shift[0], cloud.clock))
