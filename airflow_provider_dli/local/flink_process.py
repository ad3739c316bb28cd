"""The command lines of Flink's two processes."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airflow_provider_dli.local.distribution import Distribution
from airflow_provider_dli.local.errors import StartError

#: What Flink and its serializers reach into, as Flink's own configuration opens it.
_OPENED_PACKAGES: Final = (
    "java.lang",
    "java.lang.reflect",
    "java.io",
    "java.net",
    "java.nio",
    "java.text",
    "java.time",
    "java.util",
    "java.util.concurrent",
    "java.util.concurrent.atomic",
    "java.util.concurrent.locks",
    "sun.nio.ch",
)

#: What they name of other modules' insides, likewise.
_EXPORTED_PACKAGES: Final = (
    "java.base/sun.net.util",
    "java.rmi/sun.rmi.registry",
    "java.security.jgss/sun.security.krb5",
)

#: A short life on few cores: what the JVM would spend on peak speed is never earned back.
_SHORT_LIFE: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

_LOG4J: Final = """\
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = FILE
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %c [] - %m%n
"""


@dataclass(frozen=True)
class Role:
    """One of Flink's two kinds of processes."""

    name: str
    main_class: str
    #: The settings that make up its Java heap.
    heap: tuple[str, ...]
    #: The settings that make up its direct memory, if that is limited.
    direct: tuple[str, ...]


JOBMANAGER: Final = Role(
    "jobmanager",
    "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
    heap=("jobmanager.memory.heap.size",),
    direct=(),
)
TASKMANAGER: Final = Role(
    "taskmanager",
    "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
    heap=("taskmanager.memory.framework.heap.size", "taskmanager.memory.task.heap.size"),
    direct=(
        "taskmanager.memory.framework.off-heap.size",
        "taskmanager.memory.task.off-heap.size",
        "taskmanager.memory.network.max",
    ),
)


def write_log_configuration(folder: Path) -> None:
    """Write what the processes log, and where, into Flink's configuration folder."""
    (folder / "log4j.properties").write_text(_LOG4J)


def command(
    role: Role, distribution: Distribution, configuration: Mapping[str, str], conf: Path, log: Path
) -> list[str]:
    """Return the command that starts a Flink process in the foreground.

    :param role: which of the two.
    :param distribution: Flink and its Java.
    :param configuration: Flink's configuration; it says how much memory.
    :param conf: the folder with the configuration files.
    :param log: the file to log to; Flink's REST API serves it from there.
    """
    options = [
        *_memory(role, configuration),
        *(f"--add-exports={package}=ALL-UNNAMED" for package in _EXPORTED_PACKAGES),
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED_PACKAGES),
        *shlex.split(configuration.get("env.java.opts.all", "")),
        *shlex.split(configuration.get(f"env.java.opts.{role.name}", "")),
    ]
    return java(distribution, conf, log, options=options, program=[role.main_class, "--configDir", str(conf)])


def java(
    distribution: Distribution, conf: Path, log: Path, *, options: Sequence[str], program: Sequence[str]
) -> list[str]:
    """Return the command that runs a program of a Flink distribution in the foreground.

    :param distribution: Flink and its Java.
    :param conf: the folder with the configuration files.
    :param log: the file to log to.
    :param options: options of its JVM.
    :param program: its main class and the arguments of that.
    """
    return [
        str(distribution.java),
        *_SHORT_LIFE,
        f"-XX:ErrorFile={log.with_suffix('.crash')}",
        f"-Dlog.file={log}",
        f"-Dlog4j.configurationFile={(conf / 'log4j.properties').as_uri()}",
        *options,
        "-cp",
        str(distribution.home / "lib" / "*"),
        *program,
    ]


def environment(distribution: Distribution, conf: Path) -> dict[str, str]:
    """Return the environment of a Flink process: where the distribution's parts are."""
    folders = {
        "FLINK_CONF_DIR": conf,
        "FLINK_LIB_DIR": distribution.home / "lib",
        "FLINK_OPT_DIR": distribution.home / "opt",
        "FLINK_PLUGINS_DIR": distribution.home / "plugins",
    }
    return {**os.environ, **{name: str(folder) for name, folder in folders.items()}}


def _memory(role: Role, configuration: Mapping[str, str]) -> list[str]:
    def megabytes(*keys: str) -> int:
        return sum(_megabytes(configuration[key]) for key in keys)

    heap = megabytes(*role.heap)
    metaspace = megabytes(f"{role.name}.memory.jvm-metaspace.size")
    direct = [f"-XX:MaxDirectMemorySize={megabytes(*role.direct)}m"] if role.direct else []
    return [f"-Xms{heap}m", f"-Xmx{heap}m", f"-XX:MaxMetaspaceSize={metaspace}m", *direct]


def _megabytes(size: str) -> int:
    """Read a size as Flink writes it: ``64m``, ``1 gb``, ``1073741824``."""
    match = re.fullmatch(r"(\d+)\s*([bkmgt]?)[a-z]*", size.strip().lower())
    if match is None:
        raise StartError(f"{size!r} is no size of memory: write it as in 256m.")
    return int(match[1]) << 10 * "bkmgt".index(match[2] or "b") >> 20
