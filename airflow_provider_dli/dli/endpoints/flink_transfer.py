"""Flink jobs as files: exporting and importing them."""

from __future__ import annotations

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.written import Ids, numbers
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class Exported(Told):
    """What an export has written.

    :param zip_file: paths of the files in OBS.
    """

    zip_file: tuple[str, ...] | None = None


class Imported(Members):
    """What became of a job in an import.

    :param old_job_id: its id in the file.
    :param new_job_id: its id now; -1 where there is another job of its name, which was not to be replaced.
    :param remark: what became of it, a sentence.
    """

    old_job_id: int | None = None
    new_job_id: int | None = None
    remark: str | None = None


class Import(Told):
    """What an import has made.

    :param job_mapping: what became of each job.
    """

    job_mapping: tuple[Imported, ...] | None = None


@DLI.endpoint("POST /v1.0/{project_id}/streaming/jobs/export", Exported.read)
def export_jobs(obs_dir: str, *, job_selected: Ids | None = None) -> Parts:
    """Write Flink jobs to a zip file in OBS: what they are and what they are set to, not their state.

    :param obs_dir: the directory to write it to.
    :param job_selected: the id of the job, or several; None for all jobs.
    """
    selected = None if job_selected is None else numbers(job_selected)
    return Parts(json={"obs_dir": obs_dir, "is_selected": selected is not None, "job_selected": selected})


@DLI.endpoint("POST /v1.0/{project_id}/streaming/jobs/import", Import.read)
def import_jobs(zip_file: str, *, is_cover: bool | None = None) -> Parts:
    """Read Flink jobs from a zip file in OBS. They are drafts, those that are replaced as well.

    :param zip_file: its path, or a directory of such files.
    :param is_cover: whether to replace a job of the same name; DLI does not where this is left out.
    """
    return Parts(json={"zip_file": zip_file, "is_cover": is_cover})
