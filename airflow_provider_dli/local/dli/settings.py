"""What an emulator is told when it starts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from airflow_provider_dli.local.dli.switches import Switches


@dataclass(frozen=True)
class Settings:
    """What an emulator is told when it starts.

    :param folder: where it keeps its state; what lies below ``obs/`` there is its object store, a folder a bucket.
    :param flink: address of the Flink that runs its jobs; None where none does.
    :param host: where it listens.
    :param port: where it listens.
    :param region: the region that it is.
    :param project_id: the id of the region's project.
    :param access_key: the access key that is there from the beginning.
    :param secret_key: its secret.
    :param domain: the account's name.
    :param user: the name of the account's IAM user.
    :param password: that user's password.
    :param switches: how it behaves where nobody knows how the cloud does.
    """

    folder: Path
    flink: str | None = None
    host: str = "127.0.0.1"
    port: int = 8090
    region: str = "local-1"
    project_id: str = "0123456789abcdef0123456789abcdef"
    access_key: str = "LOCALACCESSKEY000001"
    secret_key: str = field(default="local-secret-key-0000000000000000000001", repr=False)
    domain: str = "local-account"
    user: str = "local-user"
    password: str = field(default="local-password", repr=False)
    switches: Switches = field(default_factory=Switches)

    @property
    def address(self) -> str:
        """Where it is; DLI, IAM, STS and the metadata of a machine all answer there."""
        return f"http://{self.host}:{self.port}"

    @property
    def obs(self) -> Path:
        """The object store: ``obs://bucket/key`` is ``obs/bucket/key`` below the folder."""
        return self.folder / "obs"


def write_settings(settings: Settings) -> Path:
    """Write settings into their folder for the emulator's process, and return the file."""
    file = settings.folder / "settings.json"
    # A file and not the command line: everybody can see that of a process.
    file.touch(mode=0o600)
    file.write_text(json.dumps({**asdict(settings), "folder": str(settings.folder)}))
    return file


def read_settings(file: Path) -> Settings:
    """Return the settings that a file holds."""
    told = json.loads(file.read_text())
    return Settings(**{**told, "folder": Path(told["folder"]), "switches": Switches(**told["switches"])})
