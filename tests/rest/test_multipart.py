from __future__ import annotations

import email
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from airflow_provider_dli.rest.errors import NoAnswer, RestError, ServerError
from airflow_provider_dli.rest.multipart import MultipartBody
from airflow_provider_dli.rest.request import Answer, FilePart, Request
from airflow_provider_dli.rest.target import Tls
from tests.rest.certificates import Authority
from tests.rest.clients import LOOK
from tests.rest.conftest import Connect
from tests.rest.server import Received, Server, answer, hang, raw, serving


def upload(content: bytes, filename: str = "job.jar", size: int | None = None) -> Request[object]:
    return uploading(lambda: io.BytesIO(content), filename, len(content) if size is None else size)


def uploading(opener: Callable[[], BinaryIO], filename: str, size: int) -> Request[object]:
    return Request("POST", "/jars/upload", Answer.json, files=(FilePart("jarfile", filename, size, opener),))


def only_part(received: Received) -> Any:
    """Read a form of one part with the parser of mail, which has the same grammar."""
    head = f"Content-Type: {received.headers['content-type']}\r\n\r\n".encode()
    form: Any = email.message_from_bytes(head + received.body)
    (part,) = form.get_payload()
    return part


def test_one_file_goes_out_as_a_form(connect: Connect, server: Server) -> None:
    content = os.urandom(600_000)
    connect(server.address).send(upload(content))
    (received,) = server.received
    part = only_part(received)
    assert part.get_payload(decode=True) == content
    assert part.get_param("name", header="content-disposition") == "jarfile"
    assert part.get_filename() == "job.jar"
    assert part.get_content_type() == "application/octet-stream"
    assert int(received.headers["content-length"]) == len(received.body)
    assert "transfer-encoding" not in received.headers


@pytest.mark.parametrize(
    ("filename", "seen"),
    [
        ("my job.jar", "my job.jar"),
        ('so "called".jar', "so %22called%22.jar"),
        ("Zürich-作业.jar", "Zürich-作业.jar"),
        ("two\r\nX-Lines: 1.jar", "twoX-Lines: 1.jar"),
        ("back\\slash;.jar", "back_slash;.jar"),
    ],
)
def test_awkward_names_stay_within_their_quotes(connect: Connect, server: Server, filename: str, seen: str) -> None:
    connect(server.address).send(upload(b"content", filename))
    (received,) = server.received
    lines = received.body.decode().split("\r\n")
    assert lines[1] == f'Content-Disposition: form-data; name="jarfile"; filename="{seen}"'
    assert lines[3:5] == ["", "content"]


def test_an_empty_file(connect: Connect, server: Server) -> None:
    connect(server.address).send(upload(b""))
    assert only_part(server.received[0]).get_payload(decode=True) == b""


def test_a_form_may_have_several_parts(connect: Connect, server: Server) -> None:
    described = FilePart("request", None, 2, lambda: io.BytesIO(b"{}"))
    files = [FilePart(f"file_{number}", f"{number}.jar", 3, lambda: io.BytesIO(b"jar")) for number in range(2)]
    connect(server.address).send(Request("POST", "/jobs", Answer.json, files=(described, *files)))
    (received,) = server.received
    head = f"Content-Type: {received.headers['content-type']}\r\n\r\n".encode()
    form: Any = email.message_from_bytes(head + received.body)
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in form.get_payload()] == [
        (None, b"{}"),
        ("0.jar", b"jar"),
        ("1.jar", b"jar"),
    ]
    assert int(received.headers["content-length"]) == len(received.body)


def test_a_second_attempt_opens_the_file_anew(connect: Connect, server: Server) -> None:
    files: list[io.BytesIO] = []

    def opener() -> BinaryIO:
        files.append(io.BytesIO(b"content"))
        return files[-1]

    client, request = connect(server.address), uploading(opener, "job.jar", 7)
    server.says(answer(503), answer())
    with pytest.raises(ServerError):
        client.send(request)
    client.send(request)
    assert [b"\r\ncontent\r\n" in received.body for received in server.received] == [True, True]
    assert [file.closed for file in files] == [True, True]


def test_the_next_address_gets_the_whole_file(connect: Connect, dead: str, server: Server) -> None:
    connect(dead, server.address).send(upload(b"content"))
    assert b"\r\ncontent\r\n" in server.received[0].body


@pytest.mark.parametrize("size", [6, 8], ids=["grown", "shrunk"])
def test_a_file_that_changes_while_it_is_sent(connect: Connect, server: Server, size: int) -> None:
    client = connect(server.address)
    with pytest.raises(ValueError, match=r"job\.jar changed while it was sent"):
        client.send(upload(b"content", size=size))
    server.says(answer(body=b'"well"'))
    assert client.send(upload(b"content")) == "well"


def test_a_file_that_is_gone(connect: Connect, server: Server, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Cannot send job\.jar: .*No such file or directory"):
        connect(server.address).send(uploading((tmp_path / "gone").open, "job.jar", 1))


def test_each_body_has_its_own_boundary() -> None:
    part = FilePart("jarfile", "job.jar", 0, io.BytesIO)
    assert MultipartBody([part]).content_type != MultipartBody([part]).content_type


MEMORY_OF_TWO_UPLOADS = """
import resource, sys
from pathlib import Path
from airflow_provider_dli.rest.request import Answer, FilePart, Request
from airflow_provider_dli.rest.target import Target
from tests.rest import clients

sender, address, *jars = sys.argv[1:]
client = getattr(clients, sender)(Target((address,)))
for jar in map(Path, jars):
    part = FilePart("jarfile", "job.jar", jar.stat().st_size, lambda: jar.open("rb"))
    client.send(Request("POST", "/jars/upload", Answer.json, files=(part,)))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("sender", ["Worker", "Triggerer"])
def test_memory_does_not_grow_with_the_file(server: Server, tmp_path: Path, sender: str) -> None:
    sizes = {"small": 1 << 20, "large": 300 << 20}
    for name, size in sizes.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    server.keeps_bodies = False
    arguments = [sender, server.address, *(str(tmp_path / name) for name in sizes)]
    run = subprocess.run(
        [sys.executable, "-c", MEMORY_OF_TWO_UPLOADS, *arguments], capture_output=True, text=True, check=True
    )
    small, large = map(int, run.stdout.split())
    assert [int(received.body) > size for received, size in zip(server.received, sizes.values(), strict=True)] == [
        True
    ] * 2
    assert large < 1.2 * small


# More than the buffers between two sockets hold.
LARGE = bytes(16 << 20)


class Slow:
    """Stops reading a large body in its middle."""

    def __init__(self, server: Server, wait: Callable[[], object]) -> None:
        self._read, self._wait = server.take, wait

    def take(self, file: Any, length: int) -> bytes:
        if length < len(LARGE):
            return self._read(file, length)
        begin = file.read(1 << 20)
        self._wait()
        return bytes(begin + file.read(length - len(begin)))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(params=["http", "https"])
def either(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Server]:
    with serving(authority.server() if request.param == "https" else None) as server:
        yield server


@pytest.mark.parametrize("is_reused", [False, True], ids=["new connection", "used connection"])
def test_an_upload_may_pause_for_longer_than_a_connection_takes(
    connect: Connect, either: Server, authority: Authority, monkeypatch: pytest.MonkeyPatch, is_reused: bool
) -> None:
    monkeypatch.setattr(either, "take", Slow(either, lambda: threading.Event().wait(1.5)).take)
    client = connect(
        either.address, connect_timeout=0.5, read_timeout=30, tls=Tls(ca_certificate=authority.certificate)
    )
    if is_reused:
        client.send(LOOK)
    assert client.send(upload(LARGE)) == {"jobs": []}
    assert len(only_part(either.received[-1]).get_payload(decode=True)) == len(LARGE)


def test_a_server_that_takes_no_more_of_an_upload_is_called_that(
    connect: Connect, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "take", Slow(server, server.ending.wait).take)
    with pytest.raises(NoAnswer, match=r"The server took no more of the request within 0\.3 s"):
        connect(server.address, read_timeout=0.3).send(upload(LARGE))


def test_a_response_that_is_late_is_called_that(connect: Connect, server: Server) -> None:
    server.says(hang)
    with pytest.raises(NoAnswer, match=r"No answer within 0\.3 s"):
        connect(server.address, read_timeout=0.3).send(upload(b"content"))


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"])
def test_an_upload_that_is_cut_off_is_explained_with_its_size(
    connect: Connect, server: Server, monkeypatch: pytest.MonkeyPatch, begins: bytes
) -> None:
    monkeypatch.setattr(server, "take", lambda file, length: b"")
    server.says(raw(begins))
    with pytest.raises(RestError) as caught:
        connect(server.address).send(upload(LARGE))
    # Whether the response arrives before the end of the connection is up to the operating system.
    assert caught.value.status == 413 or "size: raise its limit" in str(caught.value)
