"""Jobs on a Flink, by plain HTTP: what is tested here is Flink and the jobs, not our client."""

from __future__ import annotations

from typing import Any

import httpx

from airflow_provider_dli.local import demo_jobs
from airflow_provider_dli.local.cluster import LocalFlink
from tests.local.waiting import wait_until

#: Metrics and cached answers at once, not after their usual 10 and 3 seconds.
FRESH = {"metrics.fetcher.update-interval": "50", "web.refresh-interval": "50"}


class FlinkJobs:
    def __init__(self, flink: LocalFlink) -> None:
        self.flink = flink
        self._client = httpx.Client(base_url=flink.address, timeout=60, trust_env=False)
        self._jar = self._upload()

    def _upload(self) -> str:
        with demo_jobs.JAR.open("rb") as jar:
            answer = self._client.post("/jars/upload", files={"jarfile": jar})
        return str(answer.json()["filename"]).rpartition("/")[2]

    def get(self, path: str) -> Any:
        answer = self._client.get(path)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self._client.post(path, json=body)

    def try_to_run(self, entry_class: str, *arguments: str, **body: Any) -> httpx.Response:
        return self.post(f"/jars/{self._jar}/run", entryClass=entry_class, programArgsList=list(arguments), **body)

    def run(self, entry_class: str, *arguments: str, **body: Any) -> str:
        answer = self.try_to_run(entry_class, *arguments, **body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["jobid"])

    def ended(self, job: str) -> dict[str, Any]:
        """The details of a job that has ended, or is about to."""
        wait_until(lambda: self._details(job)["state"] in {"FINISHED", "FAILED", "CANCELED"})
        return self._details(job)

    def cancel(self, job: str) -> None:
        self._client.patch(f"/jobs/{job}").raise_for_status()

    def exceptions(self, job: str) -> str:
        entries = wait_until(lambda: self.get(f"/jobs/{job}/exceptions")["exceptionHistory"]["entries"])
        return str(entries[0]["stacktrace"])

    def completed_checkpoints(self, job: str) -> int:
        return int(self.get(f"/jobs/{job}/checkpoints")["counts"]["completed"])

    def records(self, job: str) -> int:
        """How many records the operator "Count" has seen."""
        return int(self._count(job)["metrics"]["read-records"])

    def metric(self, job: str, name: str) -> float | None:
        """A metric of the operator "Count", summed up over its subtasks; None while it is not there."""
        metrics = f"/jobs/{job}/vertices/{self._count(job)['id']}/subtasks/metrics"
        answer = self.get(f"{metrics}?get=Count.{name}&agg=sum")
        return float(answer[0]["sum"]) if answer else None

    def _count(self, job: str) -> Any:
        return next(vertex for vertex in self._details(job)["vertices"] if vertex["name"] == "Count")

    def _details(self, job: str) -> dict[str, Any]:
        return dict(self.get(f"/jobs/{job}"))

    def savepoint(self, job: str, kind: str = "savepoints", **body: Any) -> dict[str, Any]:
        """What becomes of a savepoint, with or without a stop."""
        answer = self.post(f"/jobs/{job}/{kind}", **body)
        assert answer.status_code == 202, answer.text
        path = f"/jobs/{job}/savepoints/{answer.json()['request-id']}"
        return dict(wait_until(lambda: self.get(path)["operation"]))
