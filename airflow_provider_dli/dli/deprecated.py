"""The operations that DLI calls deprecated; most of them still answer."""

from __future__ import annotations

from typing import Final

DEPRECATED: Final = frozenset(
    {
        "POST /v1.0/{project_id}/streaming/jobs/metrics",
        "POST /v1/{project_id}/edgesrv/message-channel",
        "POST /v1/{project_id}/edgesrv/job-report",
        "POST /v1/{project_id}/edgesrv/messages",
        "POST /v1/{project_id}/edgesrv/system-events",
        "GET /v2.0/{project_id}/batches/:batch_id/log",
        "POST /v1.0/{project_id}/jobs/import-table",
        "POST /v1.0/{project_id}/jobs/export-table",
        "POST /v1/{project_id}/queues/:queue_name/plans",
        "GET /v1/{project_id}/queues/:queue_name/plans",
        "PUT /v1/{project_id}/queues/:queue_name/plans/:plan_id",
        "DELETE /v1/{project_id}/queues/:queue_name/plans/:plan_id",
        "POST /v1/{project_id}/queues/:queue_name/plans/batch-delete",
        "POST /v2.0/{project_id}/resources",
        "POST /v2.0/{project_id}/resources/jars",
        "POST /v2.0/{project_id}/resources/pyfiles",
        "POST /v2.0/{project_id}/resources/files",
        "GET /v2.0/{project_id}/resources",
        "GET /v2.0/{project_id}/resources/:resource_name",
        "DELETE /v2.0/{project_id}/resources/:resource_name",
        "PUT /v2.0/{project_id}/resources/owner",
        "POST /v1.0/{project_id}/dli/obs-authorize",
        "POST /v2/{project_id}/agency",
        "GET /v2/{project_id}/agency",
        "PUT /v1.0/{project_id}/queues/user-authorization",
        "GET /v1.0/{project_id}/queues/:queue_name/users",
        "POST /v1.0/{project_id}/jobs/metrics",
        "GET /v1.0/{project_id}/streaming/jobs/:job_id/apig-sinks",
    }
)
