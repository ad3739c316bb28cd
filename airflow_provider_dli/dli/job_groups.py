"""Jobs, as methods: those of Flink, of Spark and of SQL, and their templates."""

from __future__ import annotations

from airflow_provider_dli.dli.endpoints import (
    edge,
    flink_graphs,
    flink_jar_jobs,
    flink_jobs,
    flink_metrics,
    flink_savepoints,
    flink_sinks,
    flink_sql_jobs,
    flink_templates,
    flink_transfer,
    spark_batches,
    spark_templates,
    sql_jobs,
    sql_progress,
    sql_results,
    sql_templates,
)
from airflow_provider_dli.rest.client import Group, method


class FlinkJobs(Group):
    """Flink jobs."""

    list_jobs = method(flink_jobs.list_jobs)
    detail = method(flink_jobs.detail)
    create_sql = method(flink_sql_jobs.create)
    update_sql = method(flink_sql_jobs.update)
    create_jar = method(flink_jar_jobs.create)
    update_jar = method(flink_jar_jobs.update)
    run = method(flink_jobs.run)
    stop = method(flink_jobs.stop)
    delete = method(flink_jobs.delete)
    delete_several = method(flink_jobs.delete_several)
    trigger_savepoint = method(flink_savepoints.trigger)
    import_savepoint = method(flink_savepoints.import_savepoint)
    execute_graph = method(flink_graphs.execute)
    generate_graph = method(flink_graphs.generate)
    metrics = method(flink_metrics.metrics)
    cloud_stream_metrics = method(flink_metrics.cloud_stream_metrics)
    apig_sinks = method(flink_sinks.apig_sinks)
    export_jobs = method(flink_transfer.export_jobs)
    import_jobs = method(flink_transfer.import_jobs)


class FlinkTemplates(Group):
    """Templates of Flink SQL."""

    overview = method(flink_templates.overview)
    create = method(flink_templates.create)
    update = method(flink_templates.update)
    delete = method(flink_templates.delete)


class Edge(Group):
    """What edge nodes tell DLI."""

    create_message_channel = method(edge.create_message_channel)
    report_jobs = method(edge.report_jobs)
    report_action = method(edge.report_action)
    report_system_event = method(edge.report_system_event)


class Spark(Group):
    """Spark batches."""

    list_batches = method(spark_batches.list_batches)
    detail = method(spark_batches.detail)
    state = method(spark_batches.state)
    create = method(spark_batches.create)
    cancel = method(spark_batches.cancel)
    log = method(spark_batches.log)


class SparkTemplates(Group):
    """Templates of Spark batches."""

    overview = method(spark_templates.overview)
    detail = method(spark_templates.detail)
    create = method(spark_templates.create)
    update = method(spark_templates.update)


class Sql(Group):
    """SQL jobs."""

    list_jobs = method(sql_jobs.list_jobs)
    detail = method(sql_jobs.detail)
    status = method(sql_jobs.status)
    progress = method(sql_progress.progress)
    check = method(sql_jobs.check)
    submit = method(sql_jobs.submit)
    cancel = method(sql_jobs.cancel)
    preview = method(sql_results.preview)
    export_result = method(sql_results.export_result)
    import_table = method(sql_results.import_table)
    export_table = method(sql_results.export_table)


class SqlTemplates(Group):
    """Templates of SQL."""

    overview = method(sql_templates.overview)
    create = method(sql_templates.create)
    update = method(sql_templates.update)
    delete_several = method(sql_templates.delete_several)
