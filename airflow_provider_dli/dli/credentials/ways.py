"""The two ways to prove a request: it is signed, or a token goes along with it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Final, Generic, TypeVar

from airflow_provider_dli.dli.api import code_of
from airflow_provider_dli.dli.credentials.caution import Caution
from airflow_provider_dli.dli.credentials.keeper import Keeper
from airflow_provider_dli.dli.credentials.sources import Source
from airflow_provider_dli.dli.credentials.values import Credentials, Proof, Token, seconds_of
from airflow_provider_dli.dli.signing import sign
from airflow_provider_dli.rest.authentication import Wire, transmit
from airflow_provider_dli.rest.errors import NotAuthenticated, RestError, refusal
from airflow_provider_dli.rest.outgoing import Outgoing
from airflow_provider_dli.rest.request import Answer, Request, Responder, json_bytes
from airflow_provider_dli.rest.turn import Turn

P = TypeVar("P", bound=Proof)

#: Asks the authentication itself, and is sent to nobody: the id of the project that its token is for, or None.
PROJECT_OF_TOKEN: Final[Request[str | None]] = Request("GET", "/project-of-token", Answer.json)
#: Seconds of difference between two clocks that a signature survives.
TOLERANCE: Final = 900.0


class _Proved(ABC, Generic[P]):
    """Sends requests with a proof from a source.

    A proof that was never accepted yet is tried by one request alone, while the others wait; what is refused is fetched
    anew, once; and after another refusal nothing is sent for a while.

    :param source: where the proof comes from.
    :param wall_clock: seconds since the epoch, for what the server compares with its own clock.
    :param clock: seconds of a clock that nobody sets.
    """

    def __init__(
        self,
        source: Source[P],
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._wall_clock = wall_clock
        self._keeper = Keeper(source, wall_clock, clock)
        self._caution: Caution[P] = Caution(clock)
        self._turn = Turn()
        self._tried: P | None = None
        self._accepted = False

    def send(self, outgoing: Outgoing) -> Wire[Answer]:
        """Send the request with its proof, and return the answer.

        :param outgoing: the request.
        :raises NotAuthenticated: when the server does not accept the best proof that there is; or has not lately, and
            then nothing is sent.
        """
        self._caution.check(outgoing)
        proof = yield from self._fetched(self._keeper.current())
        answer = yield from self._attempt(outgoing, proof)
        if self._accepted and _refused(outgoing, answer) and self._adjust(answer):
            answer = yield from self._attempt(outgoing, proof)
        if self._source.renews and _refused(outgoing, answer):
            proof = yield from self._fetched(self._keeper.other_than(proof))
            answer = yield from self._attempt(outgoing, proof)
        if _refused(outgoing, answer):
            raise self._refusal(outgoing, answer)
        self._accepted = True
        return answer

    @abstractmethod
    def _prove(self, outgoing: Outgoing, proof: P) -> Outgoing:
        """Return the request with its proof."""

    def _adjust(self, answer: Answer) -> bool:
        """Adjust what a proof is made with to a refusal; tell whether that makes another one."""
        return False

    def _known_reason(self, answer: Answer) -> str:
        """Say why a proof was refused, where that shows; empty where it does not."""
        return ""

    def _fetched(self, fetch: Wire[P]) -> Wire[P]:
        try:
            return (yield from fetch)
        except NotAuthenticated as error:
            self._caution.stop(error)
            raise

    def _attempt(self, outgoing: Outgoing, proof: P) -> Wire[Answer]:
        answer = None if proof is self._tried else (yield from self._in_turn(outgoing, proof))
        return answer or (yield from transmit(self._prove(outgoing, proof)))

    def _in_turn(self, outgoing: Outgoing, proof: P) -> Wire[Answer | None]:
        """Try a proof alone; return None where somebody has done so meanwhile, and it is good for all."""
        turn = yield self._turn
        try:
            self._caution.check(outgoing)
            if proof is self._tried:
                return None
            return self._caution.refusal_of(proof) or (yield from self._try(outgoing, proof))
        finally:
            turn.release()

    def _try(self, outgoing: Outgoing, proof: P) -> Wire[Answer]:
        try:
            answer = yield from transmit(self._prove(outgoing, proof))
        except RestError:
            # No verdict. All may try now: one after the other, they would wait for ever on a server that is down.
            self._tried = proof
            raise
        if _refused(outgoing, answer) and self._concerns_all(answer):
            self._caution.note(proof, answer)
        else:
            self._tried = proof
        return answer

    def _concerns_all(self, answer: Answer) -> bool:
        """Return whether a refusal is more than one operation's.

        DLI itself is asked only when the gateway before it has believed the proof. Where others were accepted, it has
        something against this one, and that locks nothing.
        """
        return not (self._accepted and code_of(answer).startswith("DLI."))

    def _refusal(self, outgoing: Outgoing, answer: Answer) -> NotAuthenticated:
        error = refusal(outgoing.request, outgoing.address, answer)
        assert isinstance(error, NotAuthenticated)
        known = self._known_reason(answer)
        error.advice = "" if known else f" {self._source.advice}"
        error.what = f"{known}{error.what}"
        if self._concerns_all(answer):
            self._caution.stop(error)
        return error


class Signed(_Proved[Credentials]):
    """Signs requests with keys."""

    #: Seconds between the server's clock and this machine's, where that was set while requests were accepted.
    _offset = 0.0

    def _prove(self, outgoing: Outgoing, proof: Credentials) -> Outgoing:
        token = {"X-Security-Token": proof.security_token} if proof.security_token else {}
        headers = {**outgoing.headers, **token}
        moment = datetime.fromtimestamp(self._wall_clock() + self._offset, timezone.utc)
        keys = (proof.access_key, proof.secret_key)
        added = sign(outgoing.request.method, outgoing.url, headers, outgoing.body, *keys, moment)
        return replace(outgoing, headers={**headers, **added})

    def _adjust(self, answer: Answer) -> bool:
        if abs(self._ahead_of(answer)) <= TOLERANCE:
            return False
        # Somebody has set this machine's clock in the middle of a wait. The server's own is the one that counts.
        self._offset -= self._ahead_of(answer)
        return True

    def _ahead_of(self, answer: Answer) -> float:
        """Return how far the clock of signatures is ahead of the server's, in seconds."""
        now = self._wall_clock() + self._offset
        return now - (_moment_of(answer) or now)

    def _known_reason(self, answer: Answer) -> str:
        ahead = self._ahead_of(answer)
        if abs(ahead) <= TOLERANCE:
            return ""
        return (
            f"This machine's clock is {abs(ahead) / 60:.0f} minutes {'ahead of' if ahead > 0 else 'behind'} the "
            f"server's; signatures are refused beyond {TOLERANCE / 60:.0f} minutes: set the clock. "
        )


class WithToken(_Proved[Token]):
    """Sends a token along with requests."""

    def send(self, outgoing: Outgoing) -> Wire[Answer]:
        """Send the request with the token, and return the answer; answer :data:`PROJECT_OF_TOKEN` without sending it.

        :param outgoing: the request.
        :raises NotAuthenticated: when the server does not accept the best token that there is; or has not lately, and
            then nothing is sent.
        """
        return self._tell_project(outgoing) if outgoing.request == PROJECT_OF_TOKEN else super().send(outgoing)

    def _tell_project(self, outgoing: Outgoing) -> Wire[Answer]:
        self._caution.check(outgoing)
        token = yield from self._fetched(self._keeper.current())
        return Answer(200, {}, json_bytes(token.project_id))

    def _prove(self, outgoing: Outgoing, proof: Token) -> Outgoing:
        return replace(outgoing, headers={**outgoing.headers, "X-Auth-Token": proof.value})


def _refused(outgoing: Outgoing, answer: Answer) -> bool:
    """Return whether the cloud does not accept the credentials; it has codes for that, and sends 400 with some of them.

    What a proxy in front of it refuses proves nothing about them, and locks no key.
    """
    request = outgoing.request
    is_of_the_cloud = request.responder(answer) is Responder.API
    return answer.status >= 400 and is_of_the_cloud and request.meant_status(answer) == 401


def _moment_of(answer: Answer) -> float | None:
    """Return the server's time; None where it does not tell it."""
    try:
        return seconds_of(parsedate_to_datetime(answer.headers.get("date", "")))
    except (ValueError, TypeError):
        return None
