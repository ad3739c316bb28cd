"""Packages: jars, Python files and other files that jobs use. DLI fetches them from OBS, where they must be already.

All of it is deprecated: jobs name paths in OBS themselves, and those of Flink 1.15 and newer cannot do otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.resource_answers import Package, Packages, Uploaded
from airflow_provider_dli.dli.endpoints.tag_members import pairs, tag_filter
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import nothing


@DLI.endpoint("POST /v2.0/{project_id}/resources", Uploaded.read)
def upload(
    paths: Sequence[str],
    kind: str,
    group: str,
    *,
    is_async: bool | None = None,
    tags: Mapping[str, str] | None = None,
) -> Parts:
    """Make packages of files in OBS.

    :param paths: the files' addresses in OBS.
    :param kind: what they are: ``jar``, ``pyFile``, ``file`` (of several kinds, too) or ``modelFile``.
    :param group: the name of the group that they make.
    :param is_async: whether to answer before they are fetched; then list them until they are ``READY`` or ``FAILED``.
    :param tags: their tags: keys of 1 to 128 characters, values of 1 to 255.
    """
    return Parts(json={"paths": paths, "kind": kind, "group": group, "is_async": is_async, "tags": pairs(tags)})


@DLI.endpoint("POST /v2.0/{project_id}/resources/jars", Uploaded.read)
def upload_jars(paths: Sequence[str], group: str) -> Parts:
    """Make packages of jars in OBS.

    :param paths: the jars' addresses in OBS.
    :param group: the name of the group that they make.
    """
    return Parts(json={"paths": paths, "group": group})


@DLI.endpoint("POST /v2.0/{project_id}/resources/pyfiles", Uploaded.read)
def upload_python_files(paths: Sequence[str], group: str) -> Parts:
    """Make packages of Python files in OBS.

    :param paths: the files' addresses in OBS.
    :param group: the name of the group that they make.
    """
    return Parts(json={"paths": paths, "group": group})


@DLI.endpoint("POST /v2.0/{project_id}/resources/files", Uploaded.read)
def upload_files(paths: Sequence[str], group: str) -> Parts:
    """Make packages of any files in OBS.

    :param paths: the files' addresses in OBS.
    :param group: the name of the group that they make.
    """
    return Parts(json={"paths": paths, "group": group})


@DLI.endpoint("GET /v2.0/{project_id}/resources", Packages.read)
def overview(*, kind: str | None = None, tags: Mapping[str, str] | None = None) -> Parts:
    """List packages, their groups and DLI's own modules, all of them in one answer.

    :param kind: only those of this kind: ``jar``, ``pyFile``, ``file`` or ``modelFile``.
    :param tags: only those that have these tags.
    """
    return Parts(query={"kind": kind, "tags": tag_filter(tags)})


@DLI.endpoint("GET /v2.0/{project_id}/resources/:resource_name", Package.read)
def detail(resource_name: str, *, group: str | None = None) -> Parts:
    """Ask for one package.

    :param resource_name: its name.
    :param group: the group that it is in.
    """
    return Parts([resource_name], query={"group": group})


@DLI.endpoint("DELETE /v2.0/{project_id}/resources/:resource_name", nothing)
def delete(resource_name: str, *, group: str | None = None) -> Parts:
    """Delete a package.

    :param resource_name: its name.
    :param group: the group that it is in.
    """
    return Parts([resource_name], query={"group": group})


@DLI.endpoint("PUT /v2.0/{project_id}/resources/owner", Told.read)
def set_owner(new_owner: str, group_name: str, *, resource_name: str | None = None) -> Parts:
    """Give a package, or a whole group, to another user.

    :param new_owner: the user's name, 5 to 32 characters.
    :param group_name: the group's name, up to 64 characters.
    :param resource_name: the package's name, up to 128 characters; the whole group where it is left out.
    """
    body = {"new_owner": new_owner, "group_name": group_name, "resource_name": resource_name}
    return Parts(json=body, repeatable=True)
