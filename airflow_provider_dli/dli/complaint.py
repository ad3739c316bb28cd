"""What an answer of the cloud complains of, whichever of its services speaks, in whichever of their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from airflow_provider_dli.rest.json_text import read_json
from airflow_provider_dli.rest.request import Answer


class Complaint(NamedTuple):
    """What an answer complains of.

    :param code: the service's code, as in ``DLI.16001``; empty where there is none.
    :param sentence: what it says.
    """

    code: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}" if self.code else self.sentence


def complaint(answer: Answer) -> Complaint | None:
    """Return what an answer complains of; None where it does not, or not in words of the cloud's own.

    DLI sends an object, for its batch calls a list of such; the gateway and IAM have shapes of their own; and a success
    may say of itself that it is none, or hide in its message that what stands behind DLI says so.

    :param answer: the answer.
    """
    try:
        body = answer.json()
    except ValueError:
        return None
    found = map(_of_object, body if isinstance(body, list) else [body])
    return next((each for each in found if each), None)


def _of_object(body: Any) -> Complaint | None:
    if not isinstance(body, Mapping):
        return None
    if isinstance(error := body.get("error"), Mapping):
        return _made(error.get("code"), error.get("message") or error.get("title"))
    if code := body.get("error_code"):
        return _made(code, body.get("error_msg") or body.get("message"))
    if says_no(body.get("is_success")):
        return _made("", body.get("message"))
    return _of_object(_passed_on(body))


def _passed_on(body: Mapping[str, Any]) -> Any:
    """Return the answer that DLI passes on inside its own, as the one to a savepoint is; None where there is none.

    Only an answer with nothing else in it does so: the message of a job's status is about that job, and not about the
    request.
    """
    message = body.get("message")
    if not (isinstance(message, str) and body.keys() <= {"is_success", "message"}):
        return None
    try:
        inner = read_json(message)
    except ValueError:
        return None
    return inner if isinstance(inner, Mapping) and "is_success" in inner else None


def says_no(flag: Any) -> bool:
    """Tell whether a success flag denies it; it comes as ``false`` and as ``"false"``, and where it lacks, does not."""
    return flag is not None and str(flag).strip().lower() != "true"


def _made(code: Any, sentence: Any) -> Complaint:
    return Complaint(str(code or ""), str(sentence or "no further word").strip())
