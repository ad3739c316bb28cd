"""Graphs, metrics, files, sinks, templates of Flink jobs, and the edge."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.dli.endpoints import edge, flink_templates
from airflow_provider_dli.dli.endpoints.edge import EdgeJob
from airflow_provider_dli.dli.endpoints.flink_graphs import execute, generate
from airflow_provider_dli.dli.endpoints.flink_metrics import MetricsAnswer, cloud_stream_metrics, metrics
from airflow_provider_dli.dli.endpoints.flink_transfer import export_jobs, import_jobs
from airflow_provider_dli.rest.endpoint import Endpoint
from airflow_provider_dli.rest.errors import BadRequest
from tests.dli.endpoints.exchanges import answered, sent

JOBS = {
    "jobs": [
        {
            "job_id": 100,
            "metrics": {
                "sources": [{"name": "orders", "records": 3, "corrupted_records": 1}],
                "sinks": [],
                "total_read_rate": 0.5,
                "total_write_rate": 2,
            },
        },
        {"job_id": 101},
    ]
}
FORMS = [
    (metrics, {"is_success": True, "message": "", "metrics": JOBS}),
    (cloud_stream_metrics, {"message_id": "CS.10001", "message": "", "current_time": 1, "payload": JOBS}),
]


class TestGraphs:
    def test_a_running_one_may_be_short(self) -> None:
        told = {"jid": "a" * 32, "isStoppable": False, "state": "RUNNING", "start-time": 1, "end-time": -1}
        graph = answered(execute(104), {"is_success": "true", "execute_graph": told}).execute_graph
        assert graph
        assert (graph.is_stoppable, graph.start_time, graph.end_time, graph.vertices) == (False, 1, -1, None)

    def test_a_running_one_may_be_long(self) -> None:
        vertex = {"id": "v", "start-time": 2, "tasks": {"RUNNING": 1}, "metrics": {"read-bytes": 0, "whole": True}}
        told = {"vertices": [vertex], "status-counts": {"RUNNING": 1}, "plan": {"nodes": [{"id": "v"}]}}
        graph = answered(execute(104), {"is_success": "true", "execute_graph": told}).execute_graph
        assert graph
        assert graph.vertices
        assert (graph.vertices[0].start_time, graph.status_counts) == (2, {"RUNNING": 1})

    def test_one_that_would_be_is_read_out_of_its_text(self) -> None:
        request = generate(104, "SELECT 1", operator_config={"a": 1})
        assert request.path == "/v3/{project_id}/streaming/jobs/104/gen-graph"
        assert (json.loads(sent(request)["operator_config"]), request.repeatable) == ({"a": 1}, True)
        told = answered(request, {"is_success": True, "stream_graph": '{"nodes":[]}'})
        assert told.stream_graph == {"nodes": []}

    def test_bad_sql_is_a_refusal_though_dli_says_200(self) -> None:
        with pytest.raises(BadRequest, match=r"DLI\.0004: syntax"):
            answered(generate(1, "SELEC"), {"is_success": False, "message": "syntax", "error_code": "DLI.0004"})


class TestMetrics:
    @pytest.mark.parametrize(("endpoint", "body"), FORMS, ids=["today", "2020"])
    def test_both_forms_say_the_same(self, endpoint: Endpoint[[Any], MetricsAnswer], body: object) -> None:
        request = endpoint(["100", 101])
        assert (sent(request), request.repeatable) == ({"job_ids": [100, 101]}, True)
        first, second = answered(request, body).jobs
        assert first.metrics
        assert first.metrics.sources
        assert (first.job_id, first.metrics.sources[0].records, first.metrics.total_write_rate) == (100, 3, 2.0)
        assert (second.job_id, second.metrics) == (101, None)

    @pytest.mark.parametrize("body", [{}, {"metrics": None}, {"payload": {}}, {"metrics": {"jobs": None}}])
    def test_there_may_be_none(self, body: object) -> None:
        assert answered(metrics(100), body).jobs == ()


class TestFiles:
    def test_some_jobs_are_exported(self) -> None:
        assert sent(export_jobs("bucket/jobs", job_selected="104")) == {
            "obs_dir": "bucket/jobs",
            "is_selected": True,
            "job_selected": [104],
        }

    def test_all_jobs_are_exported(self) -> None:
        assert sent(export_jobs("bucket/jobs")) == {"obs_dir": "bucket/jobs", "is_selected": False}

    def test_none_is_not_all(self) -> None:
        with pytest.raises(ValueError, match="no id of a job"):
            export_jobs("bucket/jobs", job_selected=[])

    def test_ids_of_imported_jobs_are_numbers_though_dli_sends_texts(self) -> None:
        told = {"is_success": True, "job_mapping": [{"old_job_id": "100", "new_job_id": "-1", "remark": "there"}]}
        (imported,) = answered(import_jobs("bucket/jobs.zip"), told).job_mapping or ()
        assert (imported.old_job_id, imported.new_job_id) == (100, -1)


class TestTemplates:
    def test_one_says_what_kind_of_job_it_makes(self) -> None:
        assert sent(flink_templates.create("counts")) == {"name": "counts", "job_type": "flink_opensource_sql_job"}

    def test_a_change_sends_what_is_given_alone(self) -> None:
        request = flink_templates.update(7, desc="")
        assert (request.path, sent(request)) == ("/v1.0/{project_id}/streaming/job-templates/7", {"desc": ""})

    def test_the_list_has_the_longest_pages(self) -> None:
        assert flink_templates.overview().query == (("limit", "100"),)


class TestTheEdge:
    def test_a_report_has_its_details_as_texts(self) -> None:
        job = EdgeJob("job_submit_fail", 1578466221525, job_id="7", exceptions={"error_id": "Agent.51000"}, plan="a")
        assert sent(edge.report_jobs([job], "m1")) == {
            "jobs": [
                {
                    "job_id": 7,
                    "status": "job_submit_fail",
                    "create_time": 1578466221525,
                    "exceptions": '{"error_id": "Agent.51000"}',
                    "plan": "a",
                }
            ],
            "message_id": "m1",
        }

    def test_a_job_may_be_a_mapping(self) -> None:
        job = {"job_id": 7, "status": "job_running", "create_time": 1}
        assert sent(edge.report_jobs([job], "m1")) == sent(edge.report_jobs([EdgeJob("job_running", 1, 7)], "m1"))

    @pytest.mark.parametrize(
        ("job", "words"),
        [
            ({"status": "job_running"}, r"jobs\[0\] needs create_time"),
            ({"create_time": 1}, r"jobs\[0\] needs status"),
            ({}, r"jobs\[0\] needs status and create_time"),
            ({"status": "a", "create_time": 1, "jobid": 7}, r"jobs\[0\] has 'jobid', which DLI does not know"),
            ({"status": "a", "create_time": "now"}, r"jobs\[0\]: create_time must be milliseconds .*; got 'now'"),
            ("job_running", r"jobs\[0\] must be a mapping with status, create_time"),
        ],
    )
    def test_a_mapping_that_is_no_job_is_refused(self, job: Any, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            edge.report_jobs([job], "m1")

    def test_numbers_may_be_texts_as_templates_make_them(self) -> None:
        job = {"job_id": "7", "status": "job_running", "create_time": "1578466221525"}
        assert sent(edge.report_jobs([job], "m1"))["jobs"] == [{**job, "job_id": 7, "create_time": 1578466221525}]

    def test_what_is_not_known_is_not_sent_as_null(self) -> None:
        assert sent(edge.report_jobs([EdgeJob("job_running", 1)], "m1"))["jobs"] == [
            {"status": "job_running", "create_time": 1}
        ]
        assert sent(edge.report_action("m1", "done")) == {"message_id": "m1", "state": {"phase": "done"}}
        assert "attributes" not in sent(edge.report_system_event("group", "delete", 1, "events", "a"))["data"]
