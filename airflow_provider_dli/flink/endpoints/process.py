"""What both a JobManager and a TaskManager tell of the Java process that they are."""

from __future__ import annotations

from airflow_provider_dli.rest.members import Camel, Members


class ConfigurationEntry(Members):
    """One setting.

    :param key: its name.
    :param value: its value; Flink puts asterisks where it takes it for a secret.
    """

    key: str
    value: str = ""


class Jvm(Members):
    """A Java virtual machine.

    :param version: its name and version.
    :param arch: the kind of processor that it runs on.
    :param options: what it was started with.
    """

    version: str | None = None
    arch: str | None = None
    options: tuple[str, ...] = ()


class Environment(Members):
    """What a process runs in.

    :param jvm: its Java.
    :param classpath: the jars that it was started with.
    """

    jvm: Jvm
    classpath: tuple[str, ...] = ()


class LogFile(Members):
    """One file of a log folder.

    :param name: its name.
    :param size: its size in bytes.
    :param mtime: when it was last written (Flink 1.15+).
    """

    name: str
    size: int
    mtime: int | None = None


class LogFiles(Members):
    """What lies in a log folder.

    :param logs: its files; where several processes share the folder, also those of the others.
    """

    logs: tuple[LogFile, ...]


class ThreadInfo(Camel):
    """One thread.

    :param thread_name: its name.
    :param stringified_thread_info: its state and its stack, as Java writes them.
    """

    thread_name: str
    stringified_thread_info: str


class ThreadDump(Camel):
    """What all threads of a process were doing at one moment.

    :param thread_infos: the threads.
    """

    thread_infos: tuple[ThreadInfo, ...]
