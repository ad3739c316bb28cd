"""Datasets: what batch jobs have left on the TaskManagers for later jobs to read."""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.operations import Disposal, triggered
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel


class Dataset(Camel):
    """One dataset.

    :param id: its id, 32 hex digits.
    :param is_complete: whether all its partitions are there.
    """

    id: str
    is_complete: bool | None = None


class Datasets(Camel):
    """What ``/datasets`` tells.

    :param data_sets: the datasets that the cluster keeps.
    """

    data_sets: tuple[Dataset, ...]


@FLINK.endpoint("GET /datasets", Datasets.read, since="1.11")
def overview() -> Parts:
    """List the datasets that the cluster keeps for later jobs."""
    return Parts()


@FLINK.endpoint("DELETE /datasets/:datasetid", triggered, success=202, since="1.11")
def delete(dataset_id: str) -> Parts:
    """Delete a dataset; it returns the id to follow this by. Sent twice, it does no more than sent once.

    An unknown dataset is no error: there is nothing to do, and the deletion ends well.

    :param dataset_id: the dataset's id, 32 hex digits.
    """
    return Parts([dataset_id], repeatable=True)


@FLINK.endpoint("GET /datasets/delete/:triggerid", Disposal.read, since="1.11")
def deletion(trigger_id: str) -> Parts:
    """Ask how far the deletion of a dataset has come. Forgotten, so a 404, five minutes after it ended.

    :param trigger_id: the id that :func:`delete` returned, 32 hex digits.
    """
    return Parts([trigger_id])
