"""Flink jobs that are programs in a jar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.arguments import takes
from airflow_provider_dli.dli.endpoints.flink_job_answers import Created, Updated
from airflow_provider_dli.dli.endpoints.flink_settings import JobSettings
from airflow_provider_dli.dli.endpoints.tag_members import pairs
from airflow_provider_dli.rest.endpoint import Parts


@dataclass(frozen=True, kw_only=True)
class JarSettings(JobSettings):
    """What jar jobs can be set to. A jar is named by its path in OBS, or, up to Flink 1.15, as a package.

    :param entrypoint: the jar: a path in OBS, or the group and name of a package. A job cannot run without one.
    :param main_class: the class whose ``main`` runs; the one in the jar's manifest where it is left out.
    :param entrypoint_args: the arguments of ``main``, with spaces between them.
    :param dependency_jars: more jars: paths in OBS, or groups and names of packages.
    :param dependency_files: files, named in the same way.
    :param feature: ``basic``, an image of DLI's, or ``custom``, the one that ``image`` names.
    :param image: an image of one's own, as in ``organization/name:tag``.
    :param checkpoint_path: where the program keeps its checkpoints, a place for this job alone: the jar itself decides
        on that, and DLI resumes from here.
    """

    entrypoint: str | None = None
    main_class: str | None = None
    entrypoint_args: str | None = None
    dependency_jars: Sequence[str] | None = None
    dependency_files: Sequence[str] | None = None
    feature: str | None = None
    image: str | None = None
    checkpoint_path: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewJarJob(JarSettings):
    """A job that is to be created.

    :param name: its name, 1 to 57 characters, which no other job of the project has.
    :param tags: its tags: keys of 1 to 128 characters, values of 1 to 255.
    """

    name: str = field(kw_only=False)
    tags: Mapping[str, str] | None = None

    def body(self) -> Mapping[str, Any]:
        """Return the members of a request's body."""
        return {**super().body(), "tags": pairs(self.tags)}


@dataclass(frozen=True, kw_only=True)
class ChangedJarJob(JarSettings):
    """What is to be changed of a job.

    :param job_id: the job's id.
    :param name: its name, 1 to 57 characters.
    :param job_type: ``flink_jar_job``.
    """

    job_id: int | str = field(kw_only=False)
    name: str | None = None
    job_type: str | None = None


@DLI.endpoint("POST /v1.0/{project_id}/streaming/flink-jobs", Created.read)
@takes(NewJarJob)
def create(job: NewJarJob) -> Parts:
    """Create a Flink job of a jar. It is a draft, and does nothing before it is run.

    A creation whose answer was lost may have made the job: look for its name before another one.
    """
    return Parts(json=job.body())


@DLI.endpoint("PUT /v1.0/{project_id}/streaming/flink-jobs/:job_id", Updated.read)
@takes(ChangedJarJob)
def update(job: ChangedJarJob) -> Parts:
    """Change a Flink job of a jar. What is not given stays as it is.

    While it runs, only ``smn_topic``, ``restart_when_exception``, ``resume_checkpoint``, ``resume_max_num``,
    ``obs_bucket`` and ``checkpoint_path`` can be changed.
    """
    return Parts([str(job.job_id)], json=job.body(), repeatable=True)
