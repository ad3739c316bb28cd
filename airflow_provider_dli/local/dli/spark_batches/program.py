"""What a Spark batch runs: a Python file, or a class of a jar, with the machine's own Python and Java."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airflow_provider_dli.local.distribution import Distribution
from airflow_provider_dli.local.dli.obs import BadObsAddressError, ObjectStore
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.resources import obs_path
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_OBS: Final = "obs://"


@dataclass(frozen=True)
class BatchProgram:
    """A command and its environment."""

    command: list[str]
    environment: dict[str, str]


class Programs:
    """Makes commands of what batches are told.

    :param services: what knows the object store and the packages.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._objects = ObjectStore(services.settings.obs)

    def file(self, name: str) -> Path:
        """Return where a file of a batch lies, whether it is there or not.

        :param name: ``obs://bucket/key``, or the name of a package.
        :raises Refusal: when it is neither.
        """
        address = name if name.startswith(_OBS) else obs_path(self._services, name)
        if address is None:
            raise dli("DLI.0002", f"There is no package named {name}. Upload it first, or give its path in OBS.")
        try:
            return self._objects.path(address)
        except BadObsAddressError as error:
            raise dli("DLI.0001", str(error)) from None

    def of(self, told: Document) -> BatchProgram:
        """Return the program of a batch.

        :param told: the body that the batch was created with, checked.
        :raises Refusal: when it names what is not there.
        :raises NoJavaError: when it needs a Java and this machine has none.
        :raises DownloadError: when Java could not be downloaded.
        """
        file = self.file(told["file"])
        arguments = [self._argument(one) for one in told["args"]]
        libraries = self._path(told["pyFiles"])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([libraries, os.environ.get("PYTHONPATH", "")])}
        if file.suffix == ".jar":
            classes = os.pathsep.join(filter(None, [str(file), self._path(told["jars"])]))
            java = str(Distribution.of().java)
            return BatchProgram([java, "-cp", classes, told["className"], *arguments], environment)
        # Without -u, what it prints would be seen only when it has ended.
        return BatchProgram([sys.executable, "-u", str(file), *arguments], environment)

    def _path(self, names: Iterable[str]) -> str:
        files = [self.file(name) for name in names]
        return os.pathsep.join(str(file.parent if file.suffix == ".py" else file) for file in files)

    def _argument(self, given: str) -> str:
        # A process has no other way to OBS than the folder that OBS is here.
        return str(self.file(given)) if given.startswith(_OBS) else given
