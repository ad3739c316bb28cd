"""SQL as it is run: on the Flink, in batch mode, after the statements that made what it works on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from airflow_provider_dli.local.dli.flink import FlinkRunner, FlinkTroubleError, NotStartedError, SqlScript
from airflow_provider_dli.local.dli.obs import BadObsAddressError, ObjectStore
from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.sql_jobs.catalog import Catalog
from airflow_provider_dli.local.dli.sql_jobs.tables import for_flink

#: What Flink throws at a wrong statement, and as what DLI refuses it; the first that fits.
_WRONG: Final = (
    (re.compile(r"Parse|Calcite(?!Context)|TokenMgr"), "DLI.0004"),
    (re.compile(r"AlreadyExist"), "DLI.0006"),
    (re.compile(r"Validat|Catalog|NotExist|CalciteContext|TableException"), "DLI.0005"),
)
#: Where a table says that its rows are.
_TABLE_PATH: Final = re.compile(r"'path'\s*=\s*'(obs://[^']+)'")
#: The exception and its words; a parser's list of all that it would have liked better is left out.
_THROWN: Final = re.compile(r"failed: (\w+): (.*?)(?:\nWas expecting| \(Could not execute|$)", re.DOTALL)


class Execution:
    """Runs SQL.

    :param services: what knows the Flink, the object store and the databases.
    """

    def __init__(self, services: Services) -> None:
        self._address = services.settings.flink
        self._objects = ObjectStore(services.settings.obs)
        self._catalog = Catalog(services)

    @property
    def runner(self) -> FlinkRunner:
        """The Flink.

        :raises Refusal: DLI.0012, when there is none.
        """
        if self._address is None:
            raise dli("DLI.0012", "No Flink runs behind this emulator: start it with the address of one.")
        return FlinkRunner(self._address)

    def run(self, statements: Sequence[str], database: str, name: str, result: Path | None = None) -> str | None:
        """Run statements, and return the id of their job; None where they needed none, and are done.

        :param statements: the statements.
        :param database: the database that they begin in.
        :param name: the job's name.
        :param result: the folder for the rows of a query at their end.
        :raises Refusal: when a statement is wrong, or there is no Flink, or it cannot be reached.
        :raises NotStartedError: when the Flink does not run them for another reason.
        """
        runner = self.runner
        script = for_flink([*self._catalog.before(database), *statements], self._catalog.warehouse)
        text = ";\n".join(script)
        try:
            self._make_folders(text)
            text = self._objects.localized(text)
        except BadObsAddressError as error:
            raise dli("DLI.0001", str(error)) from None
        try:
            return runner.run_sql(SqlScript(text, mode="batch", name=name, result=result))
        except NotStartedError as error:
            raise _refusal(str(error)) or error from None
        except FlinkTroubleError as error:
            raise dli("DLI.0012", f"The Flink that runs the SQL gave no clear answer: {error}") from None

    def _make_folders(self, text: str) -> None:
        """Make the folders of tables without rows: in OBS nobody has to, and to the Flink such a table is an error."""
        for address in _TABLE_PATH.findall(text):
            path = self._objects.path(address)
            if not path.exists() and self._objects.has_bucket(path.relative_to(self._objects.root).parts[0]):
                path.mkdir(parents=True, exist_ok=True)


def _refusal(words: str) -> Refusal | None:
    """Return the refusal of a wrong statement; None where it is something else that went wrong."""
    thrown = _THROWN.search(words)
    code = next((code for name, code in _WRONG if thrown and name.search(thrown[1])), None)
    return dli(code, thrown[2].strip()) if thrown and code else None
