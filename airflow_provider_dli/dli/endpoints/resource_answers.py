"""What DLI tells of packages."""

from __future__ import annotations

from airflow_provider_dli.rest.members import Members


class Package(Members):
    """A package.

    :param resource_name: its name.
    :param resource_type: what it is, as in ``jar``.
    :param underlying_name: its name on the queue.
    :param status: ``UPLOADING``, ``READY`` or ``FAILED``.
    :param owner: the user whose it is.
    :param is_async: whether DLI answered before it was fetched; told of what has just been uploaded.
    :param create_time: when it was made, in milliseconds since the epoch.
    :param update_time: when it was last changed, in milliseconds since the epoch.
    """

    resource_name: str | None = None
    resource_type: str | None = None
    underlying_name: str | None = None
    status: str | None = None
    owner: str | None = None
    is_async: bool | None = None
    create_time: int | None = None
    update_time: int | None = None


class PackageGroup(Members):
    """Packages under one name.

    :param group_name: the group's name.
    :param status: ``UPLOADING``, ``READY`` or ``FAILED``.
    :param resources: the names of its packages.
    :param details: the packages.
    :param owner: the user whose it is.
    :param is_async: whether DLI answered before they were fetched.
    :param create_time: when it was made, in milliseconds since the epoch.
    :param update_time: when it was last changed, in milliseconds since the epoch.
    """

    group_name: str | None = None
    status: str | None = None
    resources: tuple[str, ...] | None = None
    details: tuple[Package, ...] | None = None
    owner: str | None = None
    is_async: bool | None = None
    create_time: int | None = None
    update_time: int | None = None


class Uploaded(PackageGroup):
    """What has become of an upload: the group that it makes, and more.

    :param description: what the group is for.
    :param module_name: the module's name.
    :param module_type: what kind of packages they are.
    """

    description: str | None = None
    module_name: str | None = None
    module_type: str | None = None


class Module(Members):
    """A module that DLI brings itself.

    :param module_name: its name.
    :param module_type: what kind of packages it has.
    :param status: ``READY``, or what else it is.
    :param description: what it is for.
    :param resources: the names of its packages.
    :param create_time: when it was made, in milliseconds since the epoch.
    :param update_time: when it was last changed, in milliseconds since the epoch.
    """

    module_name: str | None = None
    module_type: str | None = None
    status: str | None = None
    description: str | None = None
    resources: tuple[str, ...] | None = None
    create_time: int | None = None
    update_time: int | None = None


class Packages(Members):
    """The list of packages.

    :param total: how many there are.
    :param resources: the packages.
    :param modules: DLI's own modules.
    :param groups: packages under common names.
    """

    total: int | None = None
    resources: tuple[Package, ...] | None = None
    modules: tuple[Module, ...] | None = None
    groups: tuple[PackageGroup, ...] | None = None
