"""What SQL jobs result in, and tables: reading and writing them as files in OBS."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.sql_job_answers import JobStarted, Preview
from airflow_provider_dli.rest.endpoint import Parts


@DLI.endpoint("GET /v1.0/{project_id}/jobs/:job_id/preview", Preview.read)
def preview(job_id: str, *, queue_name: str | None = None, page_size: int | None = None) -> Parts:
    """Ask for the first rows that a query resulted in. DLI keeps them for some time only.

    :param job_id: the job's id, a UUID.
    :param queue_name: the queue that fetches them; one of DLI's own where this is left out.
    :param page_size: how many rows, 1 to 1000; 1000 where this is left out.
    """
    return Parts([job_id], query={"queue-name": queue_name, "page-size": page_size})


@DLI.endpoint("POST /v1.0/{project_id}/jobs/:job_id/export-result", JobStarted.read)
def export_result(
    job_id: str,
    data_path: str,
    *,
    data_type: str = "csv",
    compress: str | None = None,
    queue_name: str | None = None,
    export_mode: str | None = None,
    with_column_header: bool | None = None,
    limit_num: int | None = None,
    encoding_type: str | None = None,
    quote_char: str | None = None,
    escape_char: str | None = None,
) -> Parts:
    """Write the rows that a query resulted in to OBS. A job of its own does that; its id is in the answer.

    :param job_id: the query's id, a UUID.
    :param data_path: the path in OBS.
    :param data_type: the format, ``csv``.
    :param compress: ``none`` (as where it is left out), ``gzip``, ``bzip2`` or ``deflate``.
    :param queue_name: the queue that it runs on.
    :param export_mode: what it does where there is something: ``ErrorIfExists`` (as where it is left out) or
        ``Overwrite``.
    :param with_column_header: whether the first line has the names of the columns.
    :param limit_num: how many rows; 0 for all.
    :param encoding_type: ``utf-8`` (as where it is left out), ``gb2312`` or ``gbk``.
    :param quote_char: what stands around a value.
    :param escape_char: what stands before a character that is not to mean anything.
    """
    body = {
        "data_path": data_path,
        "data_type": data_type,
        "compress": compress,
        "queue_name": queue_name,
        "export_mode": export_mode,
        "with_column_header": with_column_header,
        "limit_num": limit_num,
        "encoding_type": encoding_type,
        "quote_char": quote_char,
        "escape_char": escape_char,
    }
    return Parts([job_id], json=body)


@DLI.endpoint("POST /v1.0/{project_id}/jobs/import-table", JobStarted.read)
def import_table(
    data_path: str,
    data_type: str,
    database_name: str,
    table_name: str,
    *,
    with_column_header: bool | None = None,
    delimiter: str | None = None,
    quote_char: str | None = None,
    escape_char: str | None = None,
    date_format: str | None = None,
    timestamp_format: str | None = None,
    bad_records_path: str | None = None,
    queue_name: str | None = None,
    overwrite: bool | None = None,
    partition_spec: str | None = None,
    conf: Mapping[str, str] | None = None,
) -> Parts:
    """Read files in OBS into a table. A job does that; its id is in the answer.

    :param data_path: the path in OBS.
    :param data_type: the format: ``csv``, ``parquet``, ``orc``, ``json`` or ``avro``.
    :param database_name: the database.
    :param table_name: the table.
    :param with_column_header: whether the first line has the names of the columns.
    :param delimiter: what stands between two values; ``,`` where this is left out.
    :param quote_char: what stands around a value; ``"`` where this is left out.
    :param escape_char: what stands before a character that is not to mean anything; a backslash where this is left out.
    :param date_format: how dates are written; ``yyyy-MM-dd`` where this is left out.
    :param timestamp_format: how timestamps are written; ``yyyy-MM-dd HH:mm:ss`` where this is left out.
    :param bad_records_path: where records go that cannot be read.
    :param queue_name: the queue that it runs on.
    :param overwrite: whether what is in the table is replaced; DLI adds to it where this is left out.
    :param partition_spec: the partition to read into.
    :param conf: options, as in ``{"dli.sql.dynamicPartitionOverwrite.enabled": "true"}``.
    """
    body = {
        "data_path": data_path,
        "data_type": data_type,
        "database_name": database_name,
        "table_name": table_name,
        "with_column_header": with_column_header,
        "delimiter": delimiter,
        "quote_char": quote_char,
        "escape_char": escape_char,
        "date_format": date_format,
        "timestamp_format": timestamp_format,
        "bad_records_path": bad_records_path,
        "queue_name": queue_name,
        "overwrite": overwrite,
        "partition_spec": partition_spec,
        "conf": conf and [f"{name}={value}" for name, value in conf.items()],
    }
    return Parts(json=body)


@DLI.endpoint("POST /v1.0/{project_id}/jobs/export-table", JobStarted.read)
def export_table(
    data_path: str,
    database_name: str,
    table_name: str,
    *,
    data_type: str = "csv",
    compress: str = "none",
    queue_name: str | None = None,
    export_mode: str | None = None,
    with_column_header: bool | None = None,
) -> Parts:
    """Write a table to OBS. A job does that; its id is in the answer.

    :param data_path: the path in OBS.
    :param database_name: the database.
    :param table_name: the table.
    :param data_type: the format, ``csv``.
    :param compress: ``none``, ``gzip``, ``bzip2`` or ``deflate``.
    :param queue_name: the queue that it runs on.
    :param export_mode: what it does where there is something: ``ErrorIfExists`` (as where it is left out) or
        ``Overwrite``.
    :param with_column_header: whether the first line has the names of the columns.
    """
    body = {
        "data_path": data_path,
        "data_type": data_type,
        "database_name": database_name,
        "table_name": table_name,
        "compress": compress,
        "queue_name": queue_name,
        "export_mode": export_mode,
        "with_column_header": with_column_header,
    }
    return Parts(json=body)
