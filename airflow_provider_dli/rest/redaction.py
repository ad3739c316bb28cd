"""Texts for messages, without what may be secret.

A message may show what a person chose from a list, ids, names and paths. It shows no value of a connection, a
configuration or an argument: what was put into the wrong place may be a password.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Mapping, Sized
from typing import Any

# Shorter ones are in many words, and no secrets.
_SHORTEST = 5
_MASK = "***"
_ADDRESS = re.compile(r"[\w.:/\[\]~%+-]{1,300}")
# What may be a name, misspelled, and is hardly a secret in the wrong place.
_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")
#: Headers whose values are no secrets; those of a connection's own headers may be.
_PLAIN = frozenset({"accept", "content-type", "content-length", "host", "user-agent", "x-language", "x-sdk-date"})


def described(value: Any) -> str:
    """Return the type and the size of a value, without the value: ``a text of 12 characters``; a number as it is.

    :param value: the value.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return str(value)
    if isinstance(value, str):
        return f"a text of {len(value)} character{'s' * (len(value) != 1)}" if value else "an empty text"
    kind = type(value).__name__
    article = "an" if kind[0] in "aeiou" else "a"
    return f"{article} {kind} of length {len(value)}" if isinstance(value, Sized) else f"{article} {kind}"


def without_user(address: str) -> str:
    """Return an address without a user and a password.

    :param address: the address, with or without a scheme.
    """
    return re.sub(r"^([a-z][a-z0-9+.-]*://)?[^/?#]*@", r"\1", address, flags=re.IGNORECASE)


def shown(address: str) -> str:
    """Return an address without user, password, query and fragment.

    :param address: the address, with or without a scheme.
    """
    return re.split("[?#;]", without_user(address), maxsplit=1)[0]


def shown_address(address: str) -> str:
    """Return what was given as an address, for the message that it is none: quoted where it looks like one.

    :param address: what was given.
    """
    # A password may hold a slash: all before the last @ is left out.
    plain = re.split("[?#;]", address.rpartition("@")[2], maxsplit=1)[0]
    return repr(plain) if _ADDRESS.fullmatch(plain) else described(address)


def shown_name(name: str) -> str:
    """Return what was given as a name, for the message that it is unknown: quoted where it looks like one.

    :param name: what was given.
    """
    return repr(name) if _NAME.fullmatch(name) else described(name)


def shown_path(path: str) -> str:
    """Return a path for a message: the address of an object without user, password and query, a local path as it is.

    :param path: the path or address.
    """
    return shown(path) if "://" in path else path


def secrets_of(headers: Mapping[str, str]) -> frozenset[str]:
    """Return the values of a request's headers that no message may show.

    :param headers: the headers of the request.
    """
    found: set[str] = set()
    for name, value in headers.items():
        if name.lower() not in _PLAIN:
            found |= {value, value.partition(" ")[2], _password_in(value)}
    return frozenset(one for one in found if len(one) >= _SHORTEST)


def masked(text: str, secrets: Collection[str]) -> str:
    """Return a text with each secret replaced by asterisks: a server may echo what it was sent.

    :param text: the text.
    :param secrets: the secrets.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return text


def _password_in(header: str) -> str:
    """Return the password of a header with Basic authentication; empty for any other header."""
    scheme, _, proof = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(proof).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
