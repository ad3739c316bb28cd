"""Which IAM action a user must be allowed, for which operation; of what is not here, no document says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# In the spelling of role policies. Identity policies call starting, stopping and listing jobs dli:jobs:startFlinkJob,
# dli:jobs:stopFlinkJob and dli:jobs:list; what a SQL statement does needs the database's and the table's actions, too.
_OPERATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "dli:jobs:create": (
        "POST /v1.0/{project_id}/streaming/sql-jobs",
        "POST /v1.0/{project_id}/streaming/flink-jobs",
        "POST /v1.0/{project_id}/streaming/jobs/import",
    ),
    "dli:jobs:update": (
        "PUT /v1.0/{project_id}/streaming/sql-jobs/:job_id",
        "PUT /v1.0/{project_id}/streaming/flink-jobs/:job_id",
        "POST /v1.0/{project_id}/streaming/jobs/:job_id/savepoint",
        "POST /v1.0/{project_id}/streaming/jobs/:job_id/import-savepoint",
    ),
    "dli:jobs:start": ("POST /v1.0/{project_id}/streaming/jobs/run",),
    "dli:jobs:stop": ("POST /v1.0/{project_id}/streaming/jobs/stop",),
    "dli:jobs:listAll": ("GET /v1.0/{project_id}/streaming/jobs",),
    "dli:jobs:get": (
        "GET /v1.0/{project_id}/streaming/jobs/:job_id",
        "GET /v1.0/{project_id}/streaming/jobs/:job_id/execute-graph",
        "POST /v1.0/{project_id}/streaming/jobs/metrics",
        "POST /v3/{project_id}/streaming/jobs/:job_id/gen-graph",
    ),
    "dli:jobs:delete": (
        "DELETE /v1.0/{project_id}/streaming/jobs/:job_id",
        "POST /v1.0/{project_id}/streaming/jobs/delete",
    ),
    "dli:jobs:export": ("POST /v1.0/{project_id}/streaming/jobs/export",),
    "dli:queue:submitJob": (
        "POST /v2.0/{project_id}/batches",
        "POST /v1.0/{project_id}/jobs/submit-job",
    ),
    "dli:queue:cancelJob": (
        "DELETE /v2.0/{project_id}/batches/:batch_id",
        "DELETE /v1.0/{project_id}/jobs/:job_id",
    ),
    "dli:table:insertInto": ("POST /v1.0/{project_id}/jobs/import-table",),
    "dli:table:select": ("POST /v1.0/{project_id}/jobs/export-table",),
    "dli:queue:createQueue": ("POST /v1.0/{project_id}/queues",),
    "dli:queue:dropQueue": ("DELETE /v1.0/{project_id}/queues/:queue_name",),
    "dli:queue:restart": ("PUT /v1.0/{project_id}/queues/:queue_name/action",),
    "dli:queue:scaleQueue": (
        "PUT /v1.0/{project_id}/queues/:queue_name/action",
        "POST /v1/{project_id}/queues/:queue_name/plans",
        "GET /v1/{project_id}/queues/:queue_name/plans",
        "PUT /v1/{project_id}/queues/:queue_name/plans/:plan_id",
        "DELETE /v1/{project_id}/queues/:queue_name/plans/:plan_id",
        "POST /v1/{project_id}/queues/:queue_name/plans/batch-delete",
    ),
    "dli:queue:updateQueue": (
        "PUT /v1.0/{project_id}/queues/:queue_name",
        "POST /v3/{project_id}/queues/:queue_name/properties",
        "PUT /v3/{project_id}/queues/:queue_name/properties",
        "DELETE /v3/{project_id}/queues/:queue_name/properties",
    ),
    "dli:elasticresourcepool:create": ("POST /v3/{project_id}/elastic-resource-pools",),
    "dli:elasticresourcepool:drop": ("DELETE /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name",),
    "dli:elasticresourcepool:update": ("PUT /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name",),
    "dli:elasticresourcepool:resourceManagement": (
        "POST /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name/queues",
        "GET /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name/queues",
        "PUT /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name/queues/:queue_name",
    ),
    "dli:elasticresourcepool:scale": (
        "GET /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name/scale-records",
    ),
    "dli:resource:listResource": ("GET /v2.0/{project_id}/resources",),
    "dli:resource:getResource": ("GET /v2.0/{project_id}/resources/:resource_name",),
    "dli:resource:deleteResource": ("DELETE /v2.0/{project_id}/resources/:resource_name",),
    "dli:resource:updateResource": ("PUT /v2.0/{project_id}/resources/owner",),
    "dli:variable:update": ("PUT /v1.0/{project_id}/variables/:var_name",),
    "dli:variable:delete": ("DELETE /v1.0/{project_id}/variables/:var_name",),
    "dli:jobs:grantPrivilege": ("PUT /v1.0/{project_id}/authorization",),
    "dli:jobs:revokePrivilege": ("PUT /v1.0/{project_id}/authorization",),
    "dli:queue:showPrivileges": ("GET /v1.0/{project_id}/queues/:queue_name/users",),
}


def action_for(operation: str) -> str:
    """Return the IAM actions that an operation needs, with commas between them; empty where that is not known.

    :param operation: method and path template, as in ``GET /v1.0/{project_id}/streaming/jobs/:job_id``.
    """
    return ", ".join(action for action, operations in _OPERATIONS.items() if operation in operations)
