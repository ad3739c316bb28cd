"""What operators share that run a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.operators.jar import is_uploaded, jar_file
from airflow_provider_dli.rest.request import FilePart
from airflow_provider_dli.tasks.parameters import check_choice, directory, optional, positive, settings, text, words

CLAIM_MODES = ("CLAIM", "NO_CLAIM", "LEGACY")


class FlinkProgramOperator(FlinkOperator):
    """What operators share that run a program.

    :param jar: a local path, anything that ``ObjectStoragePath`` can open, or the id of an uploaded jar. One that this
        task uploads is deleted again once the program no longer needs it. (templated)
    :param entry_class: the class whose ``main`` runs; None for the one in the jar's manifest. (templated)
    :param arguments: the arguments of ``main``, as a list. (templated)
    :param flink_configuration: settings of Flink for this job (Flink 1.17+). (templated)
    :param allow_non_restored_state: whether state that the program has no operator for may be left behind.
    :param claim_mode: who owns the savepoint that the job starts from: ``CLAIM`` (Flink, which deletes it when it is
        no longer needed), ``NO_CLAIM`` or ``LEGACY``; None for Flink's default (Flink 1.15+).
    :param savepoint_directory: where a stop with a savepoint writes; None for the cluster's default. (templated)
    :param submit_timeout: seconds that the program's ``main`` may take inside the JobManager; the upload of a jar may
        pause for as long, and its response may take as long.
    """

    readers = {
        **FlinkOperator.readers,
        "jar": optional(text),
        "entry_class": optional(text),
        "arguments": words,
        "flink_configuration": settings,
        "savepoint_directory": optional(directory),
    }
    template_fields: Sequence[str] = tuple(readers)
    template_fields_renderers = {"arguments": "json", "flink_configuration": "json"}

    def __init__(
        self,
        *,
        jar: str | None,
        entry_class: str | None = None,
        arguments: Sequence[str] = (),
        flink_configuration: Mapping[str, str] | None = None,
        allow_non_restored_state: bool = False,
        claim_mode: str | None = None,
        savepoint_directory: str | None = None,
        submit_timeout: float = 300.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.check(
            jar=jar,
            entry_class=entry_class,
            arguments=arguments,
            flink_configuration=flink_configuration,
            savepoint_directory=savepoint_directory,
        )
        check_choice("claim_mode", claim_mode or "CLAIM", CLAIM_MODES)
        self.jar = jar
        self.entry_class = entry_class
        self.arguments = arguments
        self.flink_configuration = flink_configuration
        self.allow_non_restored_state = allow_non_restored_state
        self.claim_mode = claim_mode
        self.savepoint_directory = savepoint_directory
        self.submit_timeout = positive("submit_timeout", submit_timeout)

    def jar_to_run(self) -> str | FilePart:
        """Return the jar: its id where it is uploaded already, else the file."""
        given = str(self.jar)
        return given if is_uploaded(given) else jar_file(given)

    def program(
        self, *, parallelism: int | None, restore_from: str | None, configuration: Mapping[str, str] | None = None
    ) -> Program:
        """Return how to run it.

        :param parallelism: the default parallelism; None for the cluster's.
        :param restore_from: the savepoint or checkpoint to start from; None to start without state.
        :param configuration: settings of Flink that are given beside the task's own.
        """
        return Program(
            entry_class=self.entry_class,
            arguments=self.arguments,
            parallelism=parallelism,
            configuration={**(self.flink_configuration or {}), **(configuration or {})},
            savepoint_path=restore_from,
            allow_non_restored_state=self.allow_non_restored_state or None,
            claim_mode=self.claim_mode,
        )
