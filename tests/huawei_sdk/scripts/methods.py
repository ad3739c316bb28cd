"""The methods of Huawei's client, and where they send requests to, as it says itself."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import unquote

from huaweicloudsdkdli.v1 import DliClient
from huaweicloudsdkdli.v1 import model as models

_INFORMATION = re.compile(r"_(\w+)_http_info")


class Operation(NamedTuple):
    """A method of the client.

    :param name: its name.
    :param method: the HTTP method.
    :param template: the path, with names in braces.
    :param request: the model that it takes.
    """

    name: str
    method: str
    template: str
    request: Any

    def path_parameters(self, path: str) -> dict[str, str] | None:
        """Return what a path has in the places of the template's names; None where it is another path."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.template))
        found = re.fullmatch(pattern, path)
        return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


def operations() -> list[Operation]:
    """Return all."""
    names = [found[1] for found in map(_INFORMATION.fullmatch, dir(DliClient)) if found]
    # Where two templates fit a path, it is the one with more words of its own.
    return sorted(map(operation, names), key=lambda each: each.template.count("{"))


def operation(name: str) -> Operation:
    """Return one, by its name."""
    model = getattr(models, "".join(map(str.capitalize, name.split("_"))) + "Request")
    information = getattr(DliClient, f"_{name}_http_info")(model())
    return Operation(name, information["method"], information["resource_path"], model)
