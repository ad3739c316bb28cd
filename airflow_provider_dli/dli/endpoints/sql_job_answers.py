"""What DLI tells of SQL jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_dli.dli.endpoints.tag_members import Tag
from airflow_provider_dli.dli.members import Decoded, Told
from airflow_provider_dli.rest.members import NEEDED, Members

Column = Mapping[str, Any]
Row = tuple[Any, ...]


class JobStarted(Told):
    """A job that has been submitted.

    :param job_id: its id, a UUID.
    :param job_mode: ``async`` where it goes on, ``sync`` where this answer is its end.
    """

    job_id: str
    job_mode: str | None = None


class JobSubmitted(JobStarted):
    """A statement that has been submitted.

    :param job_type: its kind, as in ``DDL``, ``QUERY`` or ``INSERT``.
    :param columns: the columns of its result, each as ``{"name": "type"}``; only where it has ended.
    :param rows: the rows of its result, 1000 at most; only where it has ended.
    """

    job_type: str | None = None
    columns: tuple[Column, ...] | None = Field(None, alias="schema")
    rows: tuple[Row, ...] | None = None


class JobMembers(Members):
    """What a job is, in the list and in its status.

    :param job_id: its id, a UUID.
    :param job_type: its kind, as in ``DDL``, ``QUERY`` or ``INSERT``.
    :param queue_name: the queue that it runs on.
    :param owner: the user whose it is.
    :param start_time: when it was started, in milliseconds since the epoch.
    :param duration: milliseconds that it has run.
    :param status: ``LAUNCHING``, ``RUNNING``, ``SCALING``, ``FINISHED`` (somewhere ``FINISH``), ``FAILED`` or
        ``CANCELLED``.
    :param message: why it is in this status.
    :param input_row_count: records that it has read.
    :param bad_row_count: those of them that could not be read.
    :param input_size: bytes that it has read.
    :param result_count: rows of its result, or rows that it has written.
    :param database_name: the database.
    :param table_name: the table.
    :param detail: the columns of its result; DLI sends JSON in a text, and here stands what that says.
    :param statement: the statement.
    :param tags: its tags.
    :param result_path: where in OBS its result lies.
    :param result_format: the format of that, ``csv``.
    :param execution_details_path: where in OBS its plan lies.
    """

    job_id: str
    job_type: str | None = None
    queue_name: str | None = None
    owner: str | None = None
    start_time: int | None = None
    duration: int | None = None
    status: str | None = None
    message: str | None = None
    input_row_count: int | None = None
    bad_row_count: int | None = None
    input_size: int | None = None
    result_count: int | None = None
    database_name: str | None = None
    table_name: str | None = None
    detail: Decoded = None
    statement: str | None = None
    tags: tuple[Tag, ...] | None = None
    result_path: str | None = None
    result_format: str | None = None
    execution_details_path: str | None = None


class JobStatus(JobMembers, Told):
    """The status of a job. That it failed is in ``status``; that DLI could tell so is a success.

    :param user_conf: the options that it was submitted with; decoded as ``detail`` is.
    :param job_mode: ``sync`` or ``async``.
    """

    user_conf: Decoded = None
    job_mode: str | None = None


class ListedJob(JobMembers):
    """A row of the list of jobs.

    :param with_column_header: whether the first line of the file has the names of the columns.
    :param engine_type: ``spark`` or ``hetuEngine``.
    :param end_time: when it ended, in milliseconds since the epoch.
    :param cpu_cost: CPU that it has used, a text.
    :param output_byte: bytes that it has written, a text.
    """

    with_column_header: bool | None = None
    engine_type: str | None = None
    end_time: int | None = None
    cpu_cost: str | int | float | None = None
    output_byte: str | int | None = None


class JobPage(Told):
    """A page of the list of jobs.

    :param job_count: how many jobs there are, on all pages.
    :param jobs: those of this page.
    """

    job_count: int | None = None
    jobs: Annotated[tuple[ListedJob, ...] | None, NEEDED] = None


class JobDetail(Told):
    """A job that imports or exports, in detail.

    :param job_id: its id, a UUID.
    :param owner: the user whose it is.
    :param start_time: when it was started, in milliseconds since the epoch.
    :param duration: milliseconds that it has run.
    :param export_mode: ``ErrorIfExists`` or ``Overwrite``: what it does where the target is not empty.
    :param database_name: the database.
    :param table_name: the table.
    :param data_path: the path in OBS.
    :param data_type: the format there.
    :param with_column_header: whether the first line has the names of the columns.
    :param delimiter: what stands between two values.
    :param quote_char: what stands around a value.
    :param escape_char: what stands before a character that is not to mean anything.
    :param date_format: how dates are written.
    :param timestamp_format: how timestamps are written.
    :param compress: how the file is compressed.
    :param tags: its tags.
    """

    job_id: str | None = None
    owner: str | None = None
    start_time: int | None = None
    duration: int | None = None
    export_mode: str | None = None
    database_name: str | None = None
    table_name: str | None = None
    data_path: str | None = None
    data_type: str | None = None
    with_column_header: bool | None = None
    delimiter: str | None = None
    quote_char: str | None = None
    escape_char: str | None = None
    date_format: str | None = None
    timestamp_format: str | None = None
    compress: str | None = None
    tags: tuple[Tag, ...] | None = None


class Preview(Told):
    """The first rows of a result.

    :param job_id: the job's id, a UUID.
    :param job_type: ``QUERY``.
    :param row_count: how many rows.
    :param input_size: bytes that the job has read.
    :param columns: the columns, each as ``{"name": "type"}``.
    :param rows: the rows, 1000 at most.
    """

    job_id: str | None = None
    job_type: str | None = None
    row_count: int | None = None
    input_size: int | None = None
    columns: Annotated[tuple[Column, ...] | None, NEEDED] = Field(None, alias="schema")
    rows: Annotated[tuple[Row, ...] | None, NEEDED] = None


class Checked(Told):
    """What is told of a statement that is good SQL.

    :param job_type: its kind, as in ``DDL``, ``QUERY`` or ``INSERT``.
    """

    job_type: str | None = None
