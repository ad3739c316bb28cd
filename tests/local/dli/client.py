"""The emulator within this process, and somebody who calls it and signs."""

from __future__ import annotations

import hashlib
import json as json_format
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from starlette.testclient import TestClient

from airflow_provider_dli.local.dli.application import GROUPS, application
from airflow_provider_dli.local.dli.gateway.signature import ALGORITHM, Received, canonical_request, signature
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.settings import Settings
from airflow_provider_dli.local.dli.store import Store
from airflow_provider_dli.local.dli.switches import Switches

HOST = "127.0.0.1:8090"


class Clock:
    """Seconds since the epoch, as a test has them."""

    def __init__(self, seconds: float = 1_760_000_000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


class DliClient:
    """Calls the emulator's application in this process; signs with the key that is there from the beginning.

    ``{project_id}`` in a path stands for the project. ``query`` is a mapping (a list repeats its name) or pairs.
    A call may take other keys, or a token in place of a key; ``signed=False`` sends neither.
    """

    def __init__(
        self,
        folder: Path,
        *,
        flink: str | None = None,
        switches: Switches | None = None,
        groups: Sequence[str] = GROUPS,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.settings = Settings(folder=folder, flink=flink, switches=switches or Switches())
        self.store = Store(folder / "state.db")
        self.services = Services(self.settings, self.store, self.clock)
        self._application = application(self.services, groups)
        self.raises_failures(True)

    def raises_failures(self, does: bool) -> None:
        """Let what fails in a handler fail the test, which is so at first, or be answered as callers see it."""
        url = f"http://{HOST}"
        self._client = TestClient(self._application, base_url=url, raise_server_exceptions=does)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        files: Any = None,
        query: Mapping[str, Any] | Sequence[tuple[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        key: tuple[str, ...] | None = None,
        token: str | None = None,
        signed: bool = True,
    ) -> httpx.Response:
        """Send a request.

        :param key: access key, secret, and a temporary one's security token.
        :param token: an IAM token to send in place of a signature.
        """
        target = path.replace("{project_id}", self.settings.project_id) + _query_string(query)
        more = dict(headers or {})
        if json is not None:
            content = json_format.dumps(json).encode()
            more.setdefault("Content-Type", "application/json")
        if token is not None:
            more["X-Auth-Token"] = token
        request = self._client.build_request(method, target, content=content, files=files, headers=more)
        if signed and token is None:
            access_key = key or (self.settings.access_key, self.settings.secret_key)
            request.headers.update(signing_headers(request, access_key, self.clock(), more))
        return self._client.send(request)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> httpx.Response:
        return self.request("POST", path, json=json, **more)

    def put(self, path: str, json: Any = None, **more: Any) -> httpx.Response:
        return self.request("PUT", path, json=json, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", path, **more)

    @contextmanager
    def running(self) -> Iterator[DliClient]:
        """Begin what runs beside the operations, and end it."""
        with self._client:
            yield self

    def close(self) -> None:
        self._client.close()
        self.store.close()


def signing_headers(
    request: httpx.Request, key: Sequence[str], seconds: float, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the headers that sign a request.

    :param key: access key, secret, and a temporary one's security token.
    :param seconds: what time it is.
    :param more: headers to be signed as well, as they are on the request.
    """
    access, secret, *security_token = key
    headers = {"X-Sdk-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))}
    if security_token:
        headers["X-Security-Token"] = security_token[0]
    headers |= {"Host": request.headers["host"], **(more or {})}
    body = request.read()
    kind = request.headers.get("content-type", "application/json")
    if not kind.startswith("application/json"):
        headers["X-Sdk-Content-Sha256"] = "UNSIGNED-PAYLOAD"
    payload = headers.get("X-Sdk-Content-Sha256", hashlib.sha256(body).hexdigest())
    path, _, query = request.url.raw_path.partition(b"?")
    received = Received(request.method, path, query, [(k.encode(), v.encode()) for k, v in headers.items()], body)
    names = sorted(name.lower() for name in headers)
    signed = signature(secret, headers["X-Sdk-Date"], canonical_request(received, names, payload))
    authorization = f"{ALGORITHM} Access={access}, SignedHeaders={';'.join(names)}, Signature={signed}"
    return {**headers, "Authorization": authorization}


def _query_string(query: Mapping[str, Any] | Sequence[tuple[str, Any]]) -> str:
    pairs = query.items() if isinstance(query, Mapping) else query
    flat = [(name, one) for name, value in pairs for one in (value if isinstance(value, list) else [value])]
    written = "&".join(f"{quote(name, safe='')}={quote(_text(value), safe='')}" for name, value in flat)
    return f"?{written}" if written else ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
