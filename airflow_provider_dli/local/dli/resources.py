"""Packages: jars, Python files and other files in OBS that jobs are made of, in groups."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from airflow_provider_dli.local.dli.obs import BadObsAddressError, ObjectStore
from airflow_provider_dli.local.dli.operations import Operation, empty, only, routed, success
from airflow_provider_dli.local.dli.parameters import TAGS, GivenBody, checked, flag, query, text, texts
from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document
from airflow_provider_dli.local.dli.tags import Tags

_KIND: Final = text("kind", required=True, allowed=("jar", "pyFile", "file", "modelFile"))
_OF_ONE_KIND: Final = (texts("paths", required=True), text("group", required=True, longest=64))
_OF_ANY_KIND: Final = (*_OF_ONE_KIND, _KIND, flag("is_async", default=False), TAGS)
_SHOWN: Final = ("create_time", "update_time", "resource_type", "resource_name", "status", "underlying_name", "owner")
_DETAILS: Final = (
    "create_time",
    "update_time",
    "resource_type",
    "is_async",
    "resource_name",
    "status",
    "underlying_name",
)
_GROUP: Final = ("group_name", "status", "resources", "create_time", "update_time", "is_async", "owner", "details")
_GROUP_OF_ONE_KIND: Final = (*_GROUP, "description", "module_name", "module_type")

#: As the console shows an object's address: the bucket is the first part of the host's name.
_WEB_ADDRESS: Final = re.compile(r"https?://([^./]+)\.obs\.[^/]+/(.+)")


def routes(services: Services) -> APIRouter:
    """Return the operations on packages."""
    packages = _Packages(services)
    every = "/v2.0/{project_id}/resources"
    one = f"{every}/{{resource_name}}"
    return routed(
        Operation("POST", every, packages.upload, 201),
        Operation("POST", f"{every}/jars", packages.upload_jars, 201),
        Operation("POST", f"{every}/pyfiles", packages.upload_python_files, 201),
        Operation("POST", f"{every}/files", packages.upload_files, 201),
        Operation("GET", every, packages.list_packages),
        Operation("PUT", f"{every}/owner", packages.change_owner),
        Operation("GET", one, packages.show),
        Operation("DELETE", one, packages.delete),
    )


def obs_path(services: Services, name: str) -> str | None:
    """Return where a package lies in OBS; None where there is none of this name.

    :param services: what remembers it.
    :param name: its name, or ``group/name``.
    """
    group, _, plain = name.rpartition("/")
    found = [
        package
        for package in services.store.kind("resources").all()
        if package["resource_name"] == plain and group in {"", package["group_name"]}
    ]
    return str(found[-1]["obs_path"]) if found else None


class _Packages:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._packages = services.store.kind("resources")
        self._objects = ObjectStore(services.settings.obs)

    def upload(self, body: GivenBody) -> Document:
        given = checked(body, *_OF_ANY_KIND)
        return only(self._added(given, given["kind"]), _GROUP)

    def upload_jars(self, body: GivenBody) -> Document:
        return only(self._added(checked(body, *_OF_ONE_KIND), "jar"), _GROUP_OF_ONE_KIND)

    def upload_python_files(self, body: GivenBody) -> Document:
        return only(self._added(checked(body, *_OF_ONE_KIND), "pyFile"), _GROUP_OF_ONE_KIND)

    def upload_files(self, body: GivenBody) -> Document:
        return only(self._added(checked(body, *_OF_ONE_KIND), "file"), _GROUP_OF_ONE_KIND)

    def list_packages(self, request: Request) -> Document:
        asked = query(request, text("kind"), text("tags"))
        tagged = Tags(self._services).matching("dli_package_resource", asked["tags"])
        found = [
            package
            for package in map(self._with_status, self._packages.all())
            if (asked["kind"] or package["resource_type"]).lower() == package["resource_type"].lower()
            and tagged(package["resource_name"])
        ]
        return {
            "total": len(found),
            "resources": [only(package, _SHOWN) for package in found],
            "modules": [],
            "groups": [
                self._group(group, found, _SHOWN) for group in dict.fromkeys(one["group_name"] for one in found)
            ],
        }

    def show(self, resource_name: str, request: Request) -> Document:
        group = query(request, text("group"))["group"]
        return only(self._with_status(self._find(resource_name, group)[-1]), _SHOWN)

    def delete(self, resource_name: str, request: Request) -> Response:
        for package in self._find(resource_name, query(request, text("group"))["group"]):
            self._packages.delete(_key(package))
        Tags(self._services).forget("dli_package_resource", resource_name)
        return empty()

    def change_owner(self, body: GivenBody) -> Document:
        given = checked(
            body,
            text("new_owner", required=True, longest=32),
            text("group_name", required=True, longest=64),
            text("resource_name", longest=128),
        )
        for package in self._find(given["resource_name"], given["group_name"]):
            self._packages.put(_key(package), {**package, "owner": given["new_owner"]})
        return success()

    def _added(self, given: dict[str, Any], kind: str) -> Document:
        packages = [self._new(path, kind, given) for path in given["paths"]]
        with self._services.store.change():
            for package in packages:
                self._packages.put(_key(package), package)
        for package in packages:
            Tags(self._services).add("dli_package_resource", package["resource_name"], given.get("tags") or [])
        return self._group(given["group"], [self._with_status(package) for package in packages], _DETAILS)

    def _new(self, path: str, kind: str, given: dict[str, Any]) -> Document:
        address = _address(path)
        name = address.rpartition("/")[2]
        now = self._services.now()
        self._check_address(address)
        return {
            "resource_name": name,
            "resource_type": kind,
            "group_name": given["group"],
            "underlying_name": f"{uuid.uuid4().hex[:8]}-{name}",
            "owner": self._services.settings.user,
            "is_async": given.get("is_async", False),
            "create_time": now,
            "update_time": now,
            "obs_path": address,
        }

    def _check_address(self, address: str) -> None:
        try:
            self._objects.path(address)
        except BadObsAddressError as error:
            raise dli("DLI.0001", f"The parameter paths: {error}") from None

    def _with_status(self, package: Document) -> Document:
        age = self._services.now() - package["create_time"]
        if age < self._services.settings.switches.creation_seconds * 1000:
            return {**package, "status": "UPLOADING"}
        there = self._objects.path(package["obs_path"]).is_file()
        return {**package, "status": "READY" if there else "FAILED"}

    def _group(self, name: str, packages: list[Document], details: tuple[str, ...]) -> Document:
        inside = [package for package in packages if package["group_name"] == name]
        states = {package["status"] for package in inside}
        return {
            "group_name": name,
            "status": next(state for state in ("UPLOADING", "FAILED", "READY") if state in states),
            "resources": [package["resource_name"] for package in inside],
            "create_time": min(package["create_time"] for package in inside),
            "update_time": max(package["update_time"] for package in inside),
            "is_async": any(package["is_async"] for package in inside),
            "owner": inside[0]["owner"],
            "details": [only(package, details) for package in inside],
        }

    def _find(self, name: str | None, group: str | None) -> list[Document]:
        found = [
            package
            for package in self._packages.all()
            if name in {None, package["resource_name"]} and group in {None, package["group_name"]}
        ]
        if not found:
            raise _missing(name, group)
        return found


def _missing(name: str | None, group: str | None) -> Refusal:
    what = f"package named {name}" if name else "package"
    return dli("DLI.0023", f"There is no {what}{f' in the group {group}' if group else ''}.", 404)


def _key(package: Document) -> str:
    return f"{package['group_name']}/{package['resource_name']}"


def _address(path: str) -> str:
    found = _WEB_ADDRESS.fullmatch(path)
    return f"obs://{found[1]}/{found[2]}" if found else path
