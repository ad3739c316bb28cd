"""Keys that whatever a worker runs on hands to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from airflow_provider_dli.dli.credentials.files import token_in
from airflow_provider_dli.dli.credentials.sources import credentials_of
from airflow_provider_dli.dli.credentials.values import Credentials
from airflow_provider_dli.dli.iam.api import call
from airflow_provider_dli.dli.iam.machine import container_keys, keys_in, session_of
from airflow_provider_dli.rest.authentication import Wire
from airflow_provider_dli.rest.errors import Refused

#: How old hosts refuse to begin a session; they give out keys without one.
_NO_SESSIONS: Final = frozenset({404, 405, 503})


@dataclass(frozen=True)
class MachineKeys:
    """Keys of the agency of an ECS machine, from its metadata.

    :param metadata: address of the metadata.
    """

    advice: ClassVar[str] = (
        "Only machines of Huawei Cloud's ECS that have an agency give out keys: check that the worker and the "
        "triggerer run on such ones."
    )
    renews: ClassVar[bool] = True
    metadata: str

    def fetch(self) -> Wire[Credentials]:
        """Get the keys."""
        session = yield from self._session()
        return credentials_of((yield from call(keys_in(session), self.metadata)))

    def _session(self) -> Wire[str | None]:
        try:
            return (yield from call(session_of(), self.metadata)).strip()
        except Refused as error:
            if error.status not in _NO_SESSIONS:
                raise
            return None


@dataclass(frozen=True)
class ContainerKeys:
    """Keys that a pod gets from the agent beside it, for its service account.

    :param uri: the whole address of the agent's operation.
    :param file: path of the pod's token; read anew each time.
    """

    advice: ClassVar[str] = "Check that the pod's service account is associated with an agency."
    renews: ClassVar[bool] = True
    uri: str
    file: str

    def fetch(self) -> Wire[Credentials]:
        """Get the keys.

        :raises ValueError: when the pod's token cannot be read.
        """
        address, request = container_keys(self.uri, token_in(self.file))
        return credentials_of((yield from call(request, address)))
