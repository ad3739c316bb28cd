"""The graphs of Flink jobs, and the addresses of sinks that are an API."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink import FlinkRunner, FlinkTroubleError, NotStartedError, SqlScript
from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs
from airflow_provider_dli.local.dli.flink_jobs.views import accepted
from airflow_provider_dli.local.dli.obs import BadObsAddressError, ObjectStore
from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, flag, integer, text
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_GRAPH: Final = (
    text("sql_body", required=True),
    text("flink_version"),
    text("job_type"),
    integer("parallel_number", default=1, least=1),
    text("graph_type", default="simple_graph", allowed=("simple_graph", "job_graph")),
    flag("static_estimator", default=False),
    text("static_estimator_config"),
)


class Graphs:
    """The operations that show what a job consists of.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs = FlinkJobs(services)
        address = services.settings.flink
        self._runner = FlinkRunner(address) if address else None

    def routes(self) -> APIRouter:
        """Return the operations."""
        job = "/v1.0/{project_id}/streaming/jobs/{job_id}"
        return routed(
            Operation("GET", f"{job}/execute-graph", self.of_run),
            Operation("GET", f"{job}/apig-sinks", self.sinks),
            Operation("POST", "/v3/{project_id}/streaming/jobs/{job_id}/gen-graph", self.of_sql),
        )

    def of_run(self, job_id: str) -> Document:
        """Show what a job consists of as it runs, or has run last."""
        job = self._jobs.find(job_id)
        if self._runner is None or not job["run"]:
            raise dli("DLI.0002", f"The job {job['name']} has no graph: it has not run yet.")
        try:
            graph = self._runner.graph(job["run"]["flink_job_id"])
        except FlinkTroubleError as error:
            raise dli("DLI.0999", str(error)) from error
        if graph is None:
            raise dli("DLI.0002", f"The job {job['name']} has no graph (any more): it is {job['status']}.")
        return accepted(self._services, execute_graph=graph)

    def of_sql(self, job_id: str, body: GivenBody) -> Document:
        """Show what a script of SQL would be as a job."""
        job = self._jobs.find(job_id)
        asked = checked(body, *_GRAPH)
        if asked["static_estimator"] and not asked["static_estimator_config"]:
            raise dli("DLI.0001", "The parameter static_estimator_config is mandatory with static_estimator.")
        if refusal := self._refusal(job, asked):
            return _failed(refusal)
        try:
            plan = self._plan(asked, job["name"])
        except (NotStartedError, FlinkTroubleError, BadObsAddressError) as error:
            return _failed(str(error), "DLI.0005")
        return success(error_code="", stream_graph=json.dumps(_stream_graph(plan)))

    def sinks(self, job_id: str) -> Document:
        """Show the addresses of a job's sinks that are an API: no job has one here."""
        self._jobs.find(job_id)
        return accepted(self._services, apig_sinks={"sinks": []})

    def _refusal(self, job: Document, asked: dict[str, Any]) -> str | None:
        version = asked["flink_version"] or job["config"].get("flink_version") or ""
        if (asked["job_type"] or job["job_type"]) != "flink_opensource_sql_job":
            return "A stream graph is made for a job of the type flink_opensource_sql_job only."
        if not self._services.settings.switches.graphs_of_new_flink and re.match(r"1\.(1[5-9]|[2-9]\d)|[2-9]", version):
            return f"A stream graph is not made for Flink {version}: Flink 1.15 and newer are not supported."
        return None if self._runner else "No Flink runs behind this emulator: start it with the address of one."

    def _plan(self, asked: dict[str, Any], name: str) -> Document:
        assert self._runner is not None
        script = SqlScript(ObjectStore(self._services.settings.obs).localized(asked["sql_body"]), name=name)
        return self._runner.plan_sql(script, asked["parallel_number"])


def _failed(sentence: str, code: str = "DLI.0007") -> Document:
    return {"is_success": False, "message": sentence, "error_code": code, "stream_graph": None}


def _stream_graph(plan: Document) -> Document:
    """Return a plan of Flink's as DLI tells it: nodes, and the operators that can be set by themselves."""
    nodes = plan.get("nodes") or []
    operators = [{"id": node["id"], "name": node.get("description", "")} for node in nodes]
    return {"jid": plan.get("jid"), "name": plan.get("name"), "nodes": nodes, "operator_list": operators}
