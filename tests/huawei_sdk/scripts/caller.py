"""Calls methods of Huawei's client, and notes which, and what of the answers it cannot make anything of."""

from __future__ import annotations

import json
import time
from typing import Any

from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from methods import operation
from models import made, strangers

_PATIENCE = 60
_LOOK_EVERY = 0.05


class Caller:
    """Calls methods of a client.

    :param client: the client.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._called: set[str] = set()
        self._strange: dict[str, set[str]] = {}

    def seen(self) -> dict[str, Any]:
        """Return which operations were called, and what was strange about their answers."""
        strange = {name: sorted(found) for name, found in self._strange.items()}
        return {"called": sorted(self._called), "strange": strange}

    def call(self, name: str, body: Any = None, /, **parameters: Any) -> Any:
        """Call a method, and return what it does.

        :param name: its name.
        :param body: what it sends, as in JSON.
        :param parameters: all else that it takes.
        """
        method = operation(name)
        self._called.add(f"{method.method} {method.template}")
        given = parameters if body is None else {**parameters, "body": body}
        answer = getattr(self._client, name)(made(method.request.__name__, given))
        self._look_at(name, answer)
        return answer

    def refusal(self, name: str, body: Any = None, /, **parameters: Any) -> dict[str, Any]:
        """Call a method that is refused, and return how."""
        try:
            self.call(name, body, **parameters)
        except ServiceResponseException as error:
            told = (type(error).__name__, error.status_code, error.error_code, error.error_msg, error.request_id)
            return dict(zip(("kind", "status", "code", "sentence", "request"), told, strict=True))
        raise AssertionError(f"{name} was not refused")

    def until(self, job_id: int, *statuses: str, **members: Any) -> Any:
        """Return a Flink job as soon as it is in one of these statuses and has these members."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            job = self.call("show_flink_job", job_id=job_id).job_detail
            if job.status in statuses and all(getattr(job, name) == value for name, value in members.items()):
                return job
            if time.monotonic() > deadline:
                raise AssertionError(f"{job.name} is {job.status}, not {statuses} with {members}: {job.status_desc}")
            time.sleep(_LOOK_EVERY)

    def _look_at(self, name: str, answer: Any) -> None:
        found = set(strangers(type(answer).__name__, json.loads(answer.raw_content or b"{}")))
        if found:
            self._strange.setdefault(name, set()).update(found)
