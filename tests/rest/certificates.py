"""Certificates for tests, made by authorities of their own."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


class Authority:
    """An authority, and files with what it says.

    :param folder: where the files go.
    """

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self._folder = folder
        self.certificate = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.certificate)

    def server(self, host: str = "127.0.0.1", *, asks_clients: bool = False) -> ssl.SSLContext:
        """Return what a server of this name needs."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._ca.issue_cert(host).configure_cert(context)
        if asks_clients:
            self._ca.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client(self) -> tuple[str, str, str]:
        """Return the paths of a client's certificate, of its key, and of both in one file."""
        issued = self._ca.issue_cert("worker@example.com")
        certificate, key, both = (str(self._folder / name) for name in ("client.pem", "client.key", "client-both.pem"))
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        issued.private_key_and_cert_chain_pem.write_to_path(both)
        return certificate, key, both

    def locked_key(self) -> str:
        """Return the path of a key that only a password opens."""
        key = serialization.load_pem_private_key(self._ca.private_key_pem.bytes(), None)
        locked = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"sesame"),
        )
        path = self._folder / "locked.key"
        path.write_bytes(locked)
        return str(path)
