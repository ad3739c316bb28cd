"""What a connection of type ``dli`` may say, and the target that it stands for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from airflow_provider_dli.dli import project
from airflow_provider_dli.dli.credentials.choice import authentication_of
from airflow_provider_dli.dli.credentials.environment import PROJECT_ID
from airflow_provider_dli.dli.credentials.names import DEFAULT_WAY
from airflow_provider_dli.dli.regions import REGIONS, Addresses, addresses_of
from airflow_provider_dli.hooks.connection_fields import (
    ConnectionLike,
    address,
    check_encryption,
    check_members,
    naming,
    scheme_of,
    text,
    timeouts,
    tls,
    web_address,
)
from airflow_provider_dli.hooks.dli_fields import FIELDS, LANGUAGES
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.redaction import described
from airflow_provider_dli.rest.target import Target

_PROJECT_ID = re.compile(r"[\w-]{0,64}")
CONSOLE = "https://console.huaweicloud.com/dli"


def target_of(connection: ConnectionLike, extra: Mapping[str, Any]) -> Target:
    """Return the target that a connection stands for.

    :param connection: host, port, scheme, login and password.
    :param extra: the connection's extra.
    :raises ValueError: when a member of it is missing or cannot be used; says which, of which connection.
    """
    with naming(connection):
        check_members(extra, FIELDS)
        addresses = _addresses(connection, extra)
        return Target(
            addresses=(addresses.dli,),
            authentication=authentication_of(_way(extra), _settings(connection, extra), addresses),
            headers=(("X-Language", _language(extra)),),
            tls=tls(extra),
            **timeouts(extra),
        )


def find_project_of(connection: ConnectionLike, extra: Mapping[str, Any]) -> Callable[[], Flow[str]]:
    """Return what finds the id of the project that a connection leads to.

    :param connection: host and scheme.
    :param extra: the connection's extra.
    :raises ValueError: when it tells neither the project nor a region to look for it.
    """
    with naming(connection):
        if project_id := _project_id(extra):
            return partial(project.given, project_id)
        name = str(extra.get("project_name") or _region(connection, extra))
        by_token = _way(extra) in {"token", "password"}
        if not (name or by_token):
            raise ValueError("it needs project_id, or a region to look for the project.")
        return partial(project.of_token if by_token else project.by_name, _addresses(connection, extra).iam, name)


def web_address_of(connection: ConnectionLike, extra: Mapping[str, Any]) -> str:
    """Return the address of the console, for people.

    :param connection: host and scheme.
    :param extra: the connection's extra.
    :raises ValueError: when nothing tells where DLI is; says which connection it is.
    """
    region = _region(connection, extra)
    with naming(connection):
        if address_for_people := web_address(extra):
            return address_for_people
        return f"{CONSOLE}/?region={region}" if region in REGIONS else _addresses(connection, extra).dli


def object_store_of(extra: Mapping[str, Any]) -> str:
    """Return how Airflow opens paths of OBS; empty where the connection does not say.

    :param extra: the connection's extra.
    """
    return text(extra, "object_store")


def _way(extra: Mapping[str, Any]) -> str:
    return str(extra.get("authentication") or DEFAULT_WAY)


def _settings(connection: ConnectionLike, extra: Mapping[str, Any]) -> dict[str, Any]:
    who = {"login": connection.login, "password": connection.password, "region": _region(connection, extra)}
    return {**extra, **who, "metadata_address": _whole(extra, "metadata_address")}


def _project_id(extra: Mapping[str, Any]) -> str:
    beside = os.environ.get(PROJECT_ID) if _way(extra) == "environment" else None
    project_id = str(extra.get("project_id") or beside or "")
    if not _PROJECT_ID.fullmatch(project_id):
        raise ValueError(
            f"its project_id must be letters and digits, as the console shows it; got {described(project_id)}."
        )
    return project_id


def _language(extra: Mapping[str, Any]) -> str:
    language = extra.get("language") or LANGUAGES[0]
    if language not in LANGUAGES:
        raise ValueError(f"its language must be {' or '.join(LANGUAGES)}; got {described(language)}.")
    return str(language)


def _region(connection: ConnectionLike, extra: Mapping[str, Any]) -> str:
    """Return the region, also where only DLI's own address tells it; empty where nothing does."""
    host = str(extra.get("endpoint") or connection.host or "").rpartition("://")[2]
    told = re.match(r"dli\.([a-z]+-[a-z0-9-]+)\.", host)
    return str(extra.get("region") or (told[1] if told else ""))


def _addresses(connection: ConnectionLike, extra: Mapping[str, Any]) -> Addresses:
    endpoint, region = _endpoint(connection, extra), _region(connection, extra)
    if not (endpoint or region):
        raise ValueError("it needs a region, as in cn-north-4, or DLI's address as host or endpoint.")
    known = addresses_of(region) if region in REGIONS or not endpoint else _beside(endpoint)
    given = {"iam": _whole(extra, "iam_endpoint"), "sts": _whole(extra, "sts_endpoint")}
    return known._replace(**{name: each for name, each in {"dli": endpoint, **given}.items() if each})


def _whole(extra: Mapping[str, Any], name: str) -> str:
    """Return a member that is an address, complete; empty where it is not given."""
    given = text(extra, name)
    try:
        return Target((address(given, "https", None),)).addresses[0] if given else ""
    except ValueError as error:
        raise ValueError(f"its {name} cannot be used: {error}") from None


def _endpoint(connection: ConnectionLike, extra: Mapping[str, Any]) -> str:
    given = text(extra, "endpoint")
    host, port = (given, None) if given else (connection.host or "", connection.port)
    check_encryption(connection, [host])
    return address(host, scheme_of(connection, "https"), port) if host else ""


def _beside(endpoint: str) -> Addresses:
    """Return where the services of an unknown cloud are: beside DLI, or all at one place, as an emulator has them."""
    scheme, _, place = endpoint.partition("://")
    if not place.startswith("dli."):
        return Addresses(endpoint, endpoint, endpoint)
    cloud = place.removeprefix("dli.")
    return Addresses(endpoint, f"{scheme}://iam.{cloud}", f"{scheme}://sts.{cloud}")
