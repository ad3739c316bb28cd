"""Rows between tables and files: export the rows of a query or a table, import files into a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.obs import BadObsAddressError, ObjectStore
from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.parameters import GivenBody, checked
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.sql_jobs.catalog import Catalog
from airflow_provider_dli.local.dli.sql_jobs.documents import SqlJobs
from airflow_provider_dli.local.dli.sql_jobs.lookups import finished_result
from airflow_provider_dli.local.dli.sql_jobs.members import EXPORT_RESULT, EXPORT_TABLE, IMPORT_TABLE
from airflow_provider_dli.local.dli.sql_jobs.results import TargetExistsError
from airflow_provider_dli.local.dli.sql_jobs.submission import Submission, queue_name
from airflow_provider_dli.local.dli.store import Document

_IMPORTED: Final = "dli_imported_files"


class Transfers:
    """The operations that move rows between tables and files.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs = SqlJobs(services)
        self._catalog = Catalog(services)
        self._submission = Submission(services)
        self._objects = ObjectStore(services.settings.obs)

    def routes(self) -> APIRouter:
        """Return the operations."""
        jobs = "/v1.0/{project_id}/jobs"
        return routed(
            Operation("POST", f"{jobs}/import-table", self.import_table),
            Operation("POST", f"{jobs}/export-table", self.export_table),
            Operation("POST", f"{jobs}/{{job_id}}/export-result", self.export_result),
        )

    def export_result(self, job_id: str, body: GivenBody) -> Document:
        """Write the rows of a query as CSV; that is a job of its own, which is done at once."""
        told = self._told(body, *EXPORT_RESULT)
        source = self._jobs.find(job_id)
        if (source["job_type"], source["status"]) != ("QUERY", "FINISHED"):
            raise dli(
                "DLI.0007",
                f"The SQL job {job_id} is a {source['job_type']} that is {source['status']}; nothing to export.",
            )
        result = finished_result(self._jobs, source)
        job = self._jobs.add("EXPORT", source["statement"], _of_csv(told))
        try:
            count = result.export(self._path(told["data_path"]), told)
        except (TargetExistsError, OSError, UnicodeError) as error:
            return _accepted(self._jobs.end(job["job_id"], "FAILED", str(error)))
        return _accepted(self._jobs.end(job["job_id"], "FINISHED", result_count=count))

    def export_table(self, body: GivenBody) -> Document:
        """Write the rows of a table as CSV."""
        told = self._told(body, *EXPORT_TABLE)
        statement = f"SELECT * FROM {_table(told)}"  # noqa: S608 - its names are quoted
        export_to = str(self._path(told["data_path"]))
        job = self._jobs.add("EXPORT", statement, {**_of_csv(told), "export_to": export_to})
        return _accepted(self._submission.begin(job, [statement], told["database_name"]))

    def import_table(self, body: GivenBody) -> Document:
        """Read files into a table."""
        told = self._told(body, *IMPORT_TABLE)
        verb = "OVERWRITE" if told["overwrite"] else "INTO"
        job = self._jobs.add("IMPORT", f"INSERT {verb} {_table(told)} FROM {told['data_path']}", told)
        source = self._staged(told, job["job_id"])
        statements = [
            f"CREATE TEMPORARY TABLE {_IMPORTED} WITH ({_options(source, told)}) LIKE {_table(told)} (EXCLUDING ALL)",
            f"INSERT {verb} {_table(told)} SELECT * FROM {_IMPORTED}",  # noqa: S608 - its names are quoted
        ]
        return _accepted(self._submission.begin(job, statements, told["database_name"]))

    def _told(self, body: Any, *members: Any) -> dict[str, Any]:
        told = checked(body, *members)
        self._path(told["data_path"])
        if told["queue_name"]:
            told["queue_name"] = queue_name(self._services, told["queue_name"])
        database = told.get("database_name")
        if database and not self._catalog.has_database(database):
            raise dli("DLI.0002", f"There is no database named {database}.")
        return told

    def _path(self, address: str) -> Path:
        try:
            return self._objects.path(address)
        except BadObsAddressError as error:
            raise dli("DLI.0001", f"The parameter data_path: {error}") from None

    def _staged(self, told: dict[str, Any], job_id: str) -> Path:
        """Return where the files are; without their first lines, where those hold the columns' names."""
        source = self._path(told["data_path"])
        if not (told["with_column_header"] and told["data_type"] == "csv"):
            return source
        staged = self._services.settings.folder / "sql_imports" / job_id
        staged.mkdir(parents=True)
        for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if file.is_file():
                (staged / file.name).write_bytes(file.read_bytes().partition(b"\n")[2])
        return staged


def _accepted(job: Document) -> Document:
    return success(job_id=job["job_id"], job_mode="async")


def _of_csv(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "result_path": told["data_path"], "result_format": "csv"}


def _table(told: dict[str, Any]) -> str:
    names = (told[name].replace("`", "``") for name in ("database_name", "table_name"))
    return ".".join(f"`{name}`" for name in names)


def _options(source: Path, told: dict[str, Any]) -> str:
    options = {"connector": "filesystem", "path": source.absolute().as_uri(), "format": told["data_type"]}
    if told["data_type"] == "csv":
        options |= {
            "csv.field-delimiter": told["delimiter"],
            "csv.quote-character": told["quote_char"],
            "csv.escape-character": told["escape_char"],
        }
    return ", ".join(f"'{name}' = '{_escaped(value)}'" for name, value in options.items())


def _escaped(value: str) -> str:
    return value.replace("'", "''")
