"""Marks on Flink jobs: which task instance has started a job, kept by Flink beside the job (1.17+).

A mark is a set of entries of ``pipeline.global-job-parameters``, which Flink returns as ``user-config`` of
``/jobs/:jobid/config`` for every job of a program. It holds names and ids only, never a secret. It is missing while a
job is ``INITIALIZING``, and for good where the program replaces the global job parameters. Flink caches what it shows
for three seconds: a client that requests the settings of a job too early hides the mark for as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from airflow_provider_dli.jobs.identity import Identity

#: The option of Flink that carries a mark.
GLOBAL_JOB_PARAMETERS = "pipeline.global-job-parameters"
#: For so many seconds after a job has become ``RUNNING``, its mark may still be missing.
MARK_LAG = 3.0
_PREFIX = "airflow."
_REQUIRED = ("dag_id", "run_id", "task_id", "identity")


@dataclass(frozen=True)
class Mark:
    """The task instance that has started a job.

    :param dag_id: the DAG.
    :param run_id: its run.
    :param task_id: the task.
    :param identity: the hash of the whole identity, generation and namespace among it, as :func:`hash_of` returns it.
    :param map_index: the index of a mapped task; -1 where it is not mapped.
    :param namespace: the namespace of the identity; empty for none.
    :param program_id: the id under which the program was submitted: all jobs of one program share it. Empty where it
        was not given.
    :param on_kill: the task's ``on_kill``; empty where it was not given.
    :param wait_until: the task's ``wait_until``; empty where it was not given.
    """

    dag_id: str
    run_id: str
    task_id: str
    identity: str
    map_index: int = -1
    namespace: str = ""
    program_id: str = ""
    on_kill: str = ""
    wait_until: str = ""

    def __str__(self) -> str:
        mapped = f"[{self.map_index}]" if self.map_index >= 0 else ""
        return f"task {self.dag_id}.{self.task_id}{mapped} of run {self.run_id}"

    def is_of_task(self, identity: Identity) -> bool:
        """Return whether a task instance, in any generation, has started the job.

        :param identity: the task instance.
        """
        mine = (identity.dag_id, identity.run_id, identity.task_id, identity.map_index, identity.namespace)
        return mine == (self.dag_id, self.run_id, self.task_id, self.map_index, self.namespace)

    def belongs_to(self, identity: Identity) -> bool:
        """Return whether a task instance, in this generation, has started the job.

        :param identity: the task instance.
        """
        return self.identity == hash_of(identity)


def hash_of(identity: Identity) -> str:
    """Return the hash by which a mark names an identity, 32 hexadecimal digits.

    :param identity: the task instance.
    """
    return next(identity.series("mark"))


def configuration(
    identity: Identity, given: Mapping[str, str], *, program_id: str = "", on_kill: str = "", wait_until: str = ""
) -> dict[str, str]:
    """Return the entries to add to ``flinkConfiguration``, so that a program's jobs bear the mark of their task.

    They replace the entry of the same name in ``given``, whose own parameters are kept. Where these are in a form that
    cannot be extended safely, nothing is returned: a job without a mark is better than one that does not start.

    :param identity: the task instance.
    :param given: the configuration that the user gives.
    :param program_id: the id under which the program is submitted.
    :param on_kill: the task's ``on_kill``.
    :param wait_until: the task's ``wait_until``.
    """
    values = {
        "dag_id": identity.dag_id,
        "run_id": identity.run_id,
        "task_id": identity.task_id,
        "map_index": str(identity.map_index),
        "identity": hash_of(identity),
        "namespace": identity.namespace,
        "program_id": program_id,
        "on_kill": on_kill,
        "wait_until": wait_until,
    }
    # Flink's format knows no empty value.
    entries = {f"{_PREFIX}{name}": quote(value, safe="") for name, value in values.items() if value}
    extended = _extended(str(given.get(GLOBAL_JOB_PARAMETERS, "")), entries)
    return {GLOBAL_JOB_PARAMETERS: extended} if extended else {}


def read(user_config: Mapping[str, object] | None) -> Mark | None:
    """Return the mark of a job; None where it bears none, or does not show it yet.

    :param user_config: ``execution-config.user-config`` of ``/jobs/:jobid/config``.
    """
    values = {
        name.removeprefix(_PREFIX): unquote(str(value))
        for name, value in (user_config or {}).items()
        if name.startswith(_PREFIX)
    }
    if not all(values.get(name) for name in _REQUIRED):
        return None
    try:
        map_index = int(values.pop("map_index", "-1"))
    except ValueError:
        return None
    known = {name: value for name, value in values.items() if name in Mark.__dataclass_fields__}
    return Mark(map_index=map_index, **known)


def _extended(given: str, entries: Mapping[str, str]) -> str:
    """Return parameters with ours beside them; empty where that cannot be done safely.

    Flink reads a map as YAML where it can (2.x, and 1.19+ with a ``config.yaml``), and else as ``key:value`` pairs
    with commas in between. Text that is YAML must stay YAML, and pairs must not become it.
    """
    text = given.strip()
    if _PREFIX in text:
        return ""
    pairs = ",".join(f"{key}:{value}" for key, value in entries.items())
    if not text:
        return pairs
    if text.startswith("{"):
        return _in_braces(text, entries)
    if "\n" in text:
        return "\n".join([text, *(f"{key}: '{value}'" for key, value in entries.items())])
    if "," not in text and ": " in text:
        # Alone it is YAML, with ours behind it the value would be everything up to the end of the line.
        key, _, value = text.partition(": ")
        text = f"{key.strip()}:{value.strip()}"
    return f"{text.rstrip(',')},{pairs}"


def _in_braces(text: str, entries: Mapping[str, str]) -> str:
    """Return a mapping of YAML in braces, with more entries in it."""
    inside = text[1:-1].strip().rstrip(",")
    if not text.endswith("}") or "#" in text:
        return ""
    ours = ", ".join(f"{key}: '{value}'" for key, value in entries.items())
    return f"{{{inside}, {ours}}}" if inside else f"{{{ours}}}"
