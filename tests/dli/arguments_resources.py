"""For each operation on queues, pools, packages, variables, permissions, tags and quotas: a call with all it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_provider_dli.dli.endpoints.pool_queues import ScalingPolicy

_POOL: Final = {"elastic_resource_pool_name": "pool"}
_QUEUE: Final = {"queue_name": "streams"}
_OF_QUEUE: Final = "{project_id}/queues/{queue_name}"
_OF_POOL: Final = "{project_id}/elastic-resource-pools/{elastic_resource_pool_name}"
_TAGS: Final = {"team": "payments"}
_FILES: Final = {"paths": ["https://bucket.obs.eu-west-101.myhuaweicloud.com/counts.jar"], "group": "counts"}
_PAGE: Final = {"limit": 10, "offset": 20}
_PLAN: Final = {
    "plan_name": "night",
    "target_cu": 16,
    "start_hour": 22,
    "start_minute": 30,
    "repeat_day": ["MONDAY", "SUNDAY"],
    "valid_date_begin": 1700000000000,
    "valid_date_end": 1800000000000,
    "activate": False,
}
_PROPERTIES: Final = {
    "computeEngine.maxInstance": 4,
    "job.maxConcurrent": 2,
    "computeEngine.maxPrefetchInstance": 1,
    "computeEngine.spark.nativeEnabled": "true",
}
_POLICY: Final = ScalingPolicy(
    priority=1,
    impact_start_time="00:00",
    impact_stop_time="24:00",
    min_cu=16,
    max_cu=64,
    inherit_elastic_resource_pool_max_cu=False,
)
_RESOURCE: Final = {"resource_type": "dli_flink_job", "resource_id": "100"}
_SEARCH: Final = {
    "resource_type": "dli_flink_job",
    "without_any_tag": False,
    "tags": {"team": ["payments", "search"]},
    "matches": {"resource_name": "counts"},
}

_QUEUES: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /v1.0/{project_id}/queues": {
        **_QUEUE,
        "queue_type": "general",
        "description": "for streams",
        "cu_count": 16,
        "charging_mode": 1,
        "enterprise_project_id": "0",
        "platform": "x86_64",
        "resource_mode": 1,
        "labels": [{"multi_az": "2"}],
        "feature": "basic",
        "tags": _TAGS,
        "elastic_resource_pool_name": "pool",
        "properties": {"computeEngine.spark.nativeEnabled": "true"},
        "engine": "spark",
    },
    f"DELETE /v1.0/{_OF_QUEUE}": _QUEUE,
    "GET /v1.0/{project_id}/queues": {
        "queue_type": "all",
        "tags": _TAGS,
        "with_charge_info": True,
        "with_priv": False,
    },
    f"GET /v1.0/{_OF_QUEUE}": _QUEUE,
    f"PUT /v1.0/{_OF_QUEUE}/action": {**_QUEUE, "action": "scale_out", "force": False, "cu_count": 64},
    f"PUT /v1.0/{_OF_QUEUE}": {**_QUEUE, "cidr_in_vpc": "10.0.0.0/8"},
    f"POST /v1.0/{_OF_QUEUE}/connection-test": {**_QUEUE, "address": "db.example.com:5432"},
    f"GET /v1.0/{_OF_QUEUE}/connection-test/{{task_id}}": {**_QUEUE, "task_id": 7},
    f"POST /v1/{_OF_QUEUE}/plans": {**_QUEUE, **_PLAN},
    f"GET /v1/{_OF_QUEUE}/plans": _QUEUE,
    f"PUT /v1/{_OF_QUEUE}/plans/{{plan_id}}": {**_QUEUE, "plan_id": 3, **_PLAN},
    f"DELETE /v1/{_OF_QUEUE}/plans/{{plan_id}}": {**_QUEUE, "plan_id": 3},
    f"POST /v1/{_OF_QUEUE}/plans/batch-delete": {**_QUEUE, "plan_ids": [3, "4"]},
    f"POST /v3/{_OF_QUEUE}/properties": {**_QUEUE, "properties": _PROPERTIES},
    f"GET /v3/{_OF_QUEUE}/properties": {**_QUEUE, **_PAGE},
    f"PUT /v3/{_OF_QUEUE}/properties": {
        **_QUEUE,
        "properties": {
            **_PROPERTIES,
            "network.cidrInVpc": "10.0.0.0/8",
            "job.saveJobResultToJobBucket": "true",
        },
    },
    f"DELETE /v3/{_OF_QUEUE}/properties": {**_QUEUE, "keys": ["job.maxConcurrent"]},
}

_POOLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /v3/{project_id}/elastic-resource-pools": {
        **_POOL,
        "description": "for all",
        "cidr_in_vpc": "172.16.0.0/12",
        "max_cu": 128,
        "charging_mode": 1,
        "min_cu": 64,
        "enterprise_project_id": "0",
        "tags": _TAGS,
        "label": {"spec": "basic"},
        "ipv6_enable": True,
    },
    f"DELETE /v3/{_OF_POOL}": _POOL,
    "GET /v3/{project_id}/elastic-resource-pools": {**_PAGE, "name": "po", "status": "AVAILABLE", "tags": _TAGS},
    f"PUT /v3/{_OF_POOL}": {**_POOL, "description": "for some", "max_cu": 256, "min_cu": 64},
    f"POST /v3/{_OF_POOL}/queues": {**_POOL, **_QUEUE},
    f"GET /v3/{_OF_POOL}/queues": {**_POOL, **_QUEUE, **_PAGE},
    f"PUT /v3/{_OF_POOL}/queues/{{queue_name}}": {**_POOL, **_QUEUE, "queue_scaling_policies": [_POLICY]},
    f"GET /v3/{_OF_POOL}/scale-records": {
        **_POOL,
        **_PAGE,
        "start_time": 1700000000000,
        "end_time": 1700000060000,
        "status": "success",
    },
    "POST /v3/{project_id}/orders/elastic-resource-pools/specification-change": {**_POOL, "target_cu": 256},
}

_PACKAGES: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /v2.0/{project_id}/resources": {**_FILES, "kind": "jar", "is_async": True, "tags": _TAGS},
    "POST /v2.0/{project_id}/resources/jars": _FILES,
    "POST /v2.0/{project_id}/resources/pyfiles": _FILES,
    "POST /v2.0/{project_id}/resources/files": _FILES,
    "GET /v2.0/{project_id}/resources": {"kind": "jar", "tags": _TAGS},
    "GET /v2.0/{project_id}/resources/{resource_name}": {"resource_name": "counts.jar", "group": "counts"},
    "DELETE /v2.0/{project_id}/resources/{resource_name}": {"resource_name": "counts.jar", "group": "counts"},
    "PUT /v2.0/{project_id}/resources/owner": {
        "new_owner": "nightly",
        "group_name": "counts",
        "resource_name": "counts.jar",
    },
}

_ACCOUNT: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /v1.0/{project_id}/dli/obs-authorize": {"obs_buckets": ["bucket"]},
    "POST /v2/{project_id}/agency": {"roles": ["obs_adm", "smn_adm"]},
    "GET /v2/{project_id}/agency": {},
    "POST /v1.0/{project_id}/variables": {"var_name": "key", "var_value": "abc", "is_sensitive": True},
    "PUT /v1.0/{project_id}/variables/{var_name}": {"var_name": "key", "var_value": "def"},
    "DELETE /v1.0/{project_id}/variables/{var_name}": {"var_name": "key"},
    "GET /v1.0/{project_id}/variables": _PAGE,
    "PUT /v1.0/{project_id}/authorization": {
        "user_name": "nightly",
        "project_id": "0123456789abcdef0123456789abcdef",
        "action": "grant",
        "privileges": {"jobs.flink.100": ["GET", "START"]},
    },
    "GET /v1.0/{project_id}/authorization/privileges": {"object": "jobs.flink.100"},
    "PUT /v1.0/{project_id}/queues/user-authorization": {
        **_QUEUE,
        "user_name": "nightly",
        "action": "update",
        "privileges": ["SUBMIT_JOB"],
    },
    f"GET /v1.0/{_OF_QUEUE}/users": _QUEUE,
    "GET /v3/{project_id}/{resource_type}/{resource_id}/tags": {**_RESOURCE, **_PAGE},
    "POST /v3/{project_id}/{resource_type}/{resource_id}/tags/create": {**_RESOURCE, "tags": _TAGS},
    "POST /v3/{project_id}/{resource_type}/{resource_id}/tags/delete": {**_RESOURCE, "tags": _TAGS},
    "GET /v3/{project_id}/{resource_type}/tags": {"resource_type": "dli_flink_job", **_PAGE},
    "POST /v3/{project_id}/{resource_type}/resource-instances/filter": {**_SEARCH, **_PAGE},
    "POST /v3/{project_id}/{resource_type}/resource-instances/count": _SEARCH,
    "GET /v3/{project_id}/quotas": {},
}

#: The operation, as in ``GET /v1.0/{project_id}/queues``, and the arguments of its function.
ARGUMENTS: Final[Mapping[str, Mapping[str, Any]]] = {**_QUEUES, **_POOLS, **_PACKAGES, **_ACCOUNT}
