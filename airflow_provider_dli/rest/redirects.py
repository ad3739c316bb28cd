"""Redirects as an error message describes them: without what is secret, and with the right advice."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from airflow_provider_dli.rest.redaction import shown
from airflow_provider_dli.rest.request import Answer

# Parameters of OAuth, OpenID Connect and SAML, and those by which log-in pages know where to return to.
_OF_A_LOGIN = {"client_id", "redirect_uri", "response_type", "scope", "nonce", "code_challenge", "samlrequest"} | {
    "relaystate",
    "returnurl",
    "return_to",
    "rd",
    "redirect_to",
    "service",
}
_LOGIN_PATH = re.compile(r"\b(log-?in|sign-?in|sso|oauth2?|authorize|saml2?|cas)\b", re.IGNORECASE)

LOGIN = (
    " Something in front of the API asks for a log-in: check the connection's token, login and password, or give an "
    "address that needs no log-in."
)
TO_HTTPS = " Set the connection's schema to https, and its port to that of https."
ELSEWHERE = " Check the connection's address and path_prefix; redirects are not followed."


def place(answer: Answer) -> str:
    """Return the address that a redirect points to, without user, query and fragment; empty where it names none.

    :param answer: the redirect.
    """
    return shown(answer.headers.get("location", ""))


def advice(url: str, answer: Answer) -> str:
    """Return what to do about a redirect.

    :param url: the whole address that the request was sent to.
    :param answer: the redirect.
    """
    location = answer.headers.get("location", "")
    try:
        target, origin = urlsplit(location), urlsplit(url)
    except ValueError:
        return ELSEWHERE
    names = {name.lower() for name, _ in parse_qsl(target.query, keep_blank_values=True)}
    if names & _OF_A_LOGIN or _LOGIN_PATH.search(target.path):
        return LOGIN
    # Flink's own redirect to TLS names the host by which the JobManager knows itself.
    is_the_same = target.hostname == origin.hostname or target.path == origin.path
    return TO_HTTPS if (origin.scheme, target.scheme) == ("http", "https") and is_the_same else ELSEWHERE
