"""What jobs need, as methods: queues, pools, packages, variables, and who may do what with them."""

from __future__ import annotations

from airflow_provider_dli.dli.endpoints import (
    agency,
    buckets,
    connectivity,
    elastic_resource_pools,
    global_variables,
    permissions,
    pool_queues,
    queue_plans,
    queue_properties,
    queues,
    quotas,
    resources,
    tags,
)
from airflow_provider_dli.rest.client import Group, method


class Queues(Group):
    """Queues."""

    overview = method(queues.overview)
    detail = method(queues.detail)
    create = method(queues.create)
    change_cidr = method(queues.change_cidr)
    run_action = method(queues.run_action)
    delete = method(queues.delete)


class QueueProperties(Group):
    """Settings of a queue."""

    overview = method(queue_properties.overview)
    create = method(queue_properties.create)
    update = method(queue_properties.update)
    delete = method(queue_properties.delete)


class QueuePlans(Group):
    """Plans that change a queue's size at set times."""

    overview = method(queue_plans.overview)
    create = method(queue_plans.create)
    update = method(queue_plans.update)
    delete = method(queue_plans.delete)
    delete_several = method(queue_plans.delete_several)


class Connectivity(Group):
    """Tests whether a queue reaches an address."""

    start = method(connectivity.start)
    result = method(connectivity.result)


class ElasticResourcePools(Group):
    """Elastic resource pools: CUs that queues share."""

    overview = method(elastic_resource_pools.overview)
    create = method(elastic_resource_pools.create)
    update = method(elastic_resource_pools.update)
    delete = method(elastic_resource_pools.delete)
    scale_records = method(pool_queues.scale_records)
    order_specification_change = method(elastic_resource_pools.order_specification_change)


class PoolQueues(Group):
    """The queues of an elastic resource pool."""

    overview = method(pool_queues.overview)
    add = method(pool_queues.add)
    set_scaling_policies = method(pool_queues.set_scaling_policies)


class Resources(Group):
    """Packages."""

    overview = method(resources.overview)
    detail = method(resources.detail)
    upload = method(resources.upload)
    upload_jars = method(resources.upload_jars)
    upload_python_files = method(resources.upload_python_files)
    upload_files = method(resources.upload_files)
    set_owner = method(resources.set_owner)
    delete = method(resources.delete)


class Buckets(Group):
    """What DLI may do with buckets in OBS."""

    authorize = method(buckets.authorize)


class Agency(Group):
    """The agency that lets DLI act for an account."""

    detail = method(agency.detail)
    create = method(agency.create)


class GlobalVariables(Group):
    """Names that stand for values in SQL."""

    overview = method(global_variables.overview)
    create = method(global_variables.create)
    update = method(global_variables.update)
    delete = method(global_variables.delete)


class Permissions(Group):
    """Who may do what."""

    overview = method(permissions.overview)
    change = method(permissions.change)
    on_queue = method(permissions.on_queue)
    change_on_queue = method(permissions.change_on_queue)


class Tags(Group):
    """Tags of queues, pools, jobs and what else there is."""

    of_resource = method(tags.of_resource)
    add = method(tags.add)
    remove = method(tags.remove)
    in_project = method(tags.in_project)
    resources = method(tags.resources)
    count = method(tags.count)


class Quotas(Group):
    """How much of each thing the project may have."""

    overview = method(quotas.overview)
