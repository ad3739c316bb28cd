"""Who may do what: with jobs and packages, and (in the deprecated half) with queues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class Privileges(Members):
    """What one user may do.

    :param user_name: the user's name.
    :param is_admin: whether the user is an administrator.
    :param privileges: what the user may do, as in ``SUBMIT_JOB``.
    :param object: with what; told of jobs and packages.
    """

    user_name: str | None = None
    is_admin: bool | None = None
    privileges: tuple[str, ...] | None = None
    object: str | None = None


class OnObject(Told):
    """Who may do what with a job or a package.

    :param object_name: its name.
    :param object_type: what it is.
    :param count: how many users may do something.
    :param privileges: a row for each of them.
    """

    object_name: str | None = None
    object_type: str | None = None
    count: int | None = None
    privileges: tuple[Privileges, ...] | None = None


class OnQueue(Told):
    """Who may do what with a queue.

    :param queue_name: its name.
    :param privileges: a row for each user.
    """

    queue_name: str | None = None
    privileges: tuple[Privileges, ...] | None = None


@DLI.endpoint("PUT /v1.0/{project_id}/authorization", Told.read)
def change(
    action: str,
    privileges: Mapping[str, Sequence[str]],
    *,
    user_name: str | None = None,
    project_id: str | None = None,
) -> Parts:
    """Let a user or a project do something with jobs or packages, or no longer.

    :param action: ``grant``, ``revoke``, or ``update`` to put these privileges in the place of all others.
    :param privileges: what, for each object: ``{"jobs.flink.100": ["GET", "START"]}``; of packages an object is called
        ``resources.<name>``, of groups of them ``groups.<name>``.
    :param user_name: the user's name.
    :param project_id: the other project's id.
    """
    objects = [{"object": name, "privileges": list(what)} for name, what in privileges.items()]
    body = {"user_name": user_name, "projectId": project_id, "action": action, "privileges": objects}
    return Parts(json=body, repeatable=True)


@DLI.endpoint("GET /v1.0/{project_id}/authorization/privileges", OnObject.read)
def overview(object: str) -> Parts:
    """Ask who may do what with a job or a package.

    :param object: which one: ``jobs.flink.<id>``, ``groups.<name>`` or ``resources.<name>``.
    """
    return Parts(query={"object": object})


@DLI.endpoint("PUT /v1.0/{project_id}/queues/user-authorization", Told.read)
def change_on_queue(queue_name: str, user_name: str, action: str, privileges: Sequence[str]) -> Parts:
    """Let a user do something with a queue, or no longer.

    :param queue_name: the queue's name.
    :param user_name: the user's name.
    :param action: ``grant``, ``revoke``, or ``update`` to put these privileges in the place of all others.
    :param privileges: what: ``SUBMIT_JOB``, ``CANCEL_JOB``, ``DROP_QUEUE``.
    """
    body = {"queue_name": queue_name, "user_name": user_name, "action": action, "privileges": privileges}
    return Parts(json=body, repeatable=True)


@DLI.endpoint("GET /v1.0/{project_id}/queues/:queue_name/users", OnQueue.read)
def on_queue(queue_name: str) -> Parts:
    """Ask who may do what with a queue.

    :param queue_name: its name.
    """
    return Parts([queue_name])
