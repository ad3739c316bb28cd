"""What a caller may send about SQL jobs, and what is told of them."""

from __future__ import annotations

from typing import Final

from airflow_provider_dli.local.dli.parameters import TAGS, flag, integer, text, texts

_ENGINES: Final = ("spark", "hetuEngine")
_COMPRESSIONS: Final = ("none", "gzip", "bzip2", "deflate")
_MODE: Final = text("export_mode", default="ErrorIfExists", allowed=("ErrorIfExists", "Overwrite"))
_HEADER: Final = flag("with_column_header", default=False)
_STATUSES: Final = (
    "LAUNCHING",
    "RUNNING",
    "FINISHED",
    "FAILED",
    "CANCELLED",
    "SCALING",
    "COMPUTED",
    "SUSPENDED",
    "ACTIVE",
    "DELETED",
    "CREATING",
)

SUBMISSION: Final = (
    text("sql", required=True),
    text("engine_type", default="spark", allowed=_ENGINES),
    text("current_catalog", longest=128),
    text("currentdb", longest=128),
    text("queue_name", longest=128),
    texts("conf", default=[]),
    TAGS,
)
CHECK: Final = (text("sql", required=True), text("currentdb"))
EXPORT_RESULT: Final = (
    text("data_path", required=True),
    text("compress", default="none", allowed=_COMPRESSIONS),
    text("data_type", required=True, allowed=("csv",)),
    text("queue_name"),
    _MODE,
    _HEADER,
    integer("limit_num", default=0, least=0),
    text("encoding_type", default="utf-8", allowed=("utf-8", "gb2312", "gbk")),
    text("quote_char", default='"', longest=1),
    text("escape_char", default="\\", longest=1),
)
IMPORT_TABLE: Final = (
    text("data_path", required=True),
    text("data_type", required=True, allowed=("csv", "parquet", "orc", "json", "avro")),
    text("database_name", required=True),
    text("table_name", required=True),
    _HEADER,
    text("delimiter", default=",", longest=1),
    text("quote_char", default='"', longest=1),
    text("escape_char", default="\\", longest=1),
    text("date_format", default="yyyy-MM-dd"),
    text("bad_records_path"),
    text("timestamp_format", default="yyyy-MM-dd HH:mm:ss"),
    text("queue_name"),
    flag("overwrite", default=False),
    text("partition_spec"),
    texts("conf", default=[]),
)
EXPORT_TABLE: Final = (
    text("data_path", required=True),
    text("data_type", required=True, allowed=("csv",)),
    text("database_name", required=True),
    text("table_name", required=True),
    text("compress", required=True, allowed=_COMPRESSIONS),
    text("queue_name"),
    _MODE,
    _HEADER,
)
LIST_QUERY: Final = (
    integer("current-page", default=1, least=1),
    text("db_name"),
    integer("end"),
    text("engine-type", allowed=_ENGINES),
    text("job-status", allowed=_STATUSES),
    text("job-id"),
    text("job-type"),
    text(
        "order",
        default="start_time_desc",
        allowed=("start_time_desc", "start_time_asc", "duration_desc", "duration_asc"),
    ),
    text("owner"),
    integer("page-size", default=50, least=1, most=100),
    text("queue_name"),
    text("sql_pattern", default="", longest=1024),
    integer("start", default=0),
    text("table_name"),
    text("tags"),
    texts("job_types"),
)
PREVIEW_QUERY: Final = (text("queue-name"), integer("page-size", default=1000, least=1, most=1000))

LISTED: Final = (
    "job_id",
    "job_type",
    "queue_name",
    "owner",
    "start_time",
    "duration",
    "status",
    "input_row_count",
    "bad_row_count",
    "input_size",
    "result_count",
    "database_name",
    "table_name",
    "with_column_header",
    "detail",
    "engine_type",
    "statement",
    "tags",
    "message",
    "end_time",
    "cpu_cost",
    "output_byte",
    "result_path",
    "result_format",
    "execution_details_path",
)
STATUS: Final = (
    "job_id",
    "job_type",
    "queue_name",
    "owner",
    "start_time",
    "duration",
    "status",
    "input_row_count",
    "bad_row_count",
    "input_size",
    "result_count",
    "database_name",
    "table_name",
    "detail",
    "user_conf",
    "result_path",
    "execution_details_path",
    "result_format",
    "statement",
    "message",
    "job_mode",
    "tags",
)
DETAIL: Final = (
    "message",
    "job_id",
    "owner",
    "start_time",
    "duration",
    "export_mode",
    "database_name",
    "table_name",
    "data_path",
    "data_type",
    "with_column_header",
    "delimiter",
    "quote_char",
    "escape_char",
    "date_format",
    "timestamp_format",
    "compress",
    "tags",
)
