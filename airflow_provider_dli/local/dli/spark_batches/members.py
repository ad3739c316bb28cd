"""What a caller may send about Spark batches, and what is told of them."""

from __future__ import annotations

from typing import Final

from airflow_provider_dli.local.dli.parameters import flag, integer, mapping, objects, text, texts

_STATES: Final = ("starting", "running", "dead", "success", "recovering")
_ORDERS: Final = ("DURATION_DESC", "DURATION_ASC", "CREATE_TIME_DESC", "CREATE_TIME_ASC")
_PACKAGES: Final = (text("name"), text("type"))

NEW_BATCH: Final = (
    text("file", required=True),
    text("className"),
    text("cluster_name"),
    texts("args", default=[]),
    text("sc_type", allowed=("A", "B", "C")),
    texts("jars", default=[]),
    texts("pyFiles", default=[]),
    texts("files", default=[]),
    texts("modules", default=[]),
    objects("resources", *_PACKAGES),
    objects("groups", text("name"), objects("resources", *_PACKAGES)),
    mapping("conf"),
    text("name", longest=128),
    text("driverMemory"),
    integer("driverCores", least=1),
    text("executorMemory"),
    integer("executorCores", least=1),
    integer("numExecutors", least=1),
    text("feature", allowed=("basic", "ai", "custom")),
    text("spark_version", default="2.3.2"),
    text("queue"),
    flag("auto_recovery", default=False),
    integer("max_retry_times", default=20, least=0, most=100),
    text("image"),
    text("execution_agency_urn"),
    text("obs_bucket"),
    text("catalog_name", allowed=("dli",)),
)
LIST_QUERY: Final = (
    text("cluster_name"),
    integer("end"),
    integer("from", default=0, least=0),
    text("job_name"),
    text("job-id"),
    text("order", allowed=_ORDERS),
    text("queue_name"),
    integer("size", default=100, least=1),
    integer("start", default=0),
    text("state", allowed=_STATES),
)
LOG_QUERY: Final = (
    integer("from", default=0, least=0),
    integer("index", default=0, least=0),
    integer("size", default=100, least=1),
    text("type", allowed=("driver",)),
)

_TOLD: Final = (
    "id",
    "state",
    "appId",
    "log",
    "sc_type",
    "cluster_name",
    "create_time",
    "name",
    "owner",
    "proxyUser",
    "kind",
    "queue",
    "image",
    "update_time",
)
CREATED: Final = (*_TOLD, "duration")
LISTED: Final = (*_TOLD, "req_body", "duration")
SHOWN: Final = (*_TOLD, "req_body", "feature", "spark_version")
