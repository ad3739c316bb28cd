"""An operator as one writes it in five minutes: what the experiments must find fault with."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import BaseHook
from airflow.sdk import BaseOperator

from airflow_provider_dli.local.demo_jobs import JAR, STREAMING_COUNT
from tests.crash.make_dags import LANE, NAME, make


class NaiveRunJarOperator(BaseOperator):
    template_fields = ("conn_id", "name")

    def __init__(self, *, conn_id: str, name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self.name = name

    def execute(self, context: Any) -> str:
        import requests

        address = BaseHook.get_connection(self.conn_id).host
        with JAR.open("rb") as jar:
            uploaded = requests.post(f"{address}/jars/upload", files={"jarfile": jar}, timeout=60).json()
        jar_id = uploaded["filename"].rpartition("/")[2]
        program = {"entryClass": STREAMING_COUNT, "programArgsList": ["--rate", "50", "--name", self.name]}
        return str(requests.post(f"{address}/jars/{jar_id}/run", json=program, timeout=60).json()["jobid"])


make("naive_waiting", NaiveRunJarOperator, conn_id=f"flink_{LANE}", name=NAME, retries=4)
